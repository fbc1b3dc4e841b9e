import { CommandError, noSuchTransaction, transactionCommitted } from '../errors.js';
import type { RetryableWrite } from '../storage/retries.js';
import type { Transaction } from '../storage/transaction.js';
import { isDoc } from '../values/document.js';
import { type Answer, type Command, type Handler, type Host, retryableWrite } from './command.js';
import { CursorReply } from './cursor-reply.js';

const allowed = new Set([
  'abortTransaction',
  'aggregate',
  'commitTransaction',
  'create',
  'createIndexes',
  'delete',
  'distinct',
  'find',
  'findAndModify',
  'findandmodify',
  'getMore',
  'insert',
  'killCursors',
  'update',
]);
const endings = new Set(['abortTransaction', 'commitTransaction']);
const readLevels = ['local', 'majority', 'snapshot'];

const invalid = (message: string) => new CommandError(72, message);
const notInTransaction = (message: string) => new CommandError(263, message);

/**
 * Whether a command is part of a transaction. Throws 115 for a snapshot outside of one: a session of such reads wants one
 * moment for all of them, and no earlier moment is kept here.
 */
export function belongsToTransaction({ body }: Command): boolean {
  if (body['autocommit'] !== undefined || body['startTransaction'] !== undefined) return true;
  const { readConcern } = body;
  if (isDoc(readConcern) && (readConcern['level'] === 'snapshot' || readConcern['atClusterTime'] !== undefined))
    throw new CommandError(115, "readConcern level 'snapshot' is supported in transactions only by this server");
  return false;
}

/** Throws what MongoDB answers before it even looks for the transaction. */
function transactionOf(command: Command): RetryableWrite {
  const { body, name, database } = command;
  const { autocommit, startTransaction, readConcern } = body;
  if (body['txnNumber'] === undefined)
    throw invalid("'autocommit' field requires a transaction number to also be specified");
  const write = retryableWrite(command);
  if (!write) throw invalid('Transaction number requires a session ID to also be specified');
  if (autocommit === undefined)
    throw invalid("'startTransaction' field requires 'autocommit' field to also be specified");
  if (autocommit !== false) throw invalid('Specifying autocommit=true is not allowed.');
  if (startTransaction !== undefined && startTransaction !== true)
    throw invalid('Specifying startTransaction=false is not allowed.');
  if (!allowed.has(name)) throw notInTransaction(`Cannot run '${name}' in a multi-document transaction.`);
  if (endings.has(name)) {
    if (database !== 'admin') throw new CommandError(13, `${name} may only be run against the admin database.`);
    return write;
  }
  if (['admin', 'config', 'local'].includes(database))
    throw notInTransaction(`Cannot run command against the '${database}' database in a transaction.`);
  if (body['writeConcern'] !== undefined)
    throw invalid(`${name} is not allowed to have a writeConcern within a multi-statement transaction`);
  const level = isDoc(readConcern) ? readConcern['level'] : undefined;
  if (readConcern !== undefined && !startTransaction)
    throw invalid('Only the first command in a transaction may specify a readConcern');
  if (level !== undefined && !(typeof level === 'string' && readLevels.includes(level)))
    throw invalid(
      "The readConcern level must be either 'local' (default), 'majority' or 'snapshot' in order to run in a transaction",
    );
  return write;
}

const failed = (reply: Answer) => !(reply instanceof CursorReply) && reply['writeErrors'] !== undefined;

/** Carries out a command that is part of a transaction. A failure ends the transaction, as in MongoDB. */
export async function answerInTransaction(command: Command, host: Host, handler: Handler): Promise<Answer> {
  const write = transactionOf(command);
  if (endings.has(command.name)) return handler(command, host);
  const { transactions } = host.engine;
  const transaction = command.body['startTransaction'] ? transactions.begin(write) : transactions.continue(write);
  if (transaction.committing) throw transactionCommitted(`${transaction.name} has been committed.`);
  try {
    const reply = await handler(command, { ...host, transaction });
    await snapshotIsSafe(transaction);
    if (failed(reply)) transactions.abort(transaction);
    return reply;
  } catch (error) {
    transactions.abort(transaction);
    throw error;
  }
}

/** What was read may be shown: it is on the disk, and the transaction is not ended in the meantime. */
async function snapshotIsSafe(transaction: Transaction): Promise<void> {
  await transaction.safe.catch(() => undefined);
  if (transaction.state === 'aborted') throw noSuchTransaction(`${transaction.name} has been aborted.`);
}

const commitTransaction: Handler = async (command, host) => {
  const { transactions, retries } = host.engine;
  const write = transactionOf(command);
  const known = retries.latest(write.session);
  if (known?.outcome === 'committed' && known.number.equals(write.number)) {
    // the commit may still be on its way to the disk
    await host.engine.settled();
    if (known.outcome === 'committed') return { ok: 1 };
  }
  await transactions.commit(transactions.continue(write));
  return { ok: 1 };
};

const abortTransaction: Handler = (command, host) => {
  const { transactions } = host.engine;
  const transaction = transactions.continue(transactionOf(command));
  if (transaction.committing) throw transactionCommitted(`${transaction.name} has been committed.`);
  transactions.abort(transaction);
  return { ok: 1 };
};

export const transactionCommands: Record<string, Handler> = { commitTransaction, abortTransaction };
