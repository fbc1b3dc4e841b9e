import type { Variables } from '../aggregate/pipeline.js';
import { CommandError, transient } from '../errors.js';
import { Blocked } from '../storage/claims.js';
import type { RetryableWrite } from '../storage/retries.js';
import type { WriteBatch } from '../storage/write-batch.js';
import { type Doc, toNumber } from '../values/document.js';
import { refuseBadName } from './catalogue.js';
import { type Command, type Host, retryableWrite } from './command.js';
import { collectionName, docField, flag, numberField } from './fields.js';
import { inCollection, inTransaction, type WriteTarget } from './write-target.js';

const mostStatements = 100_000;
const transactionTooOld = 225;

/** One write command on its way: its changes, its target and what a repetition will be answered. */
export class WriteCommand {
  private readonly results = new Map<number, Doc>();
  private readonly repeated: number[] = [];
  private known: WriteTarget | undefined;
  private readonly deadline: number;

  private constructor(
    readonly command: Command,
    readonly host: Host,
    readonly name: string,
    private batch: WriteBatch,
    private readonly retry: RetryableWrite | undefined,
    readonly variables: Variables,
  ) {
    const most = numberField(command.body, 'maxTimeMS', command.name);
    this.deadline = most ? performance.now() + most : Number.POSITIVE_INFINITY;
  }

  /** No `await` may stand between this and `carryOut`. */
  static async begin(command: Command, host: Host): Promise<WriteCommand> {
    const { body, name } = command;
    const { engine, transaction } = host;
    const collection = collectionName(body, name);
    const variables = { let: docField(body, 'let', name), now: engine.now() };
    if (!transaction) await engine.writable();
    const retry = transaction ? undefined : retryableWrite(command);
    if (retry) engine.transactions.supersede(retry);
    return new WriteCommand(command, host, collection, engine.batch(), retry, variables);
  }

  get existing(): WriteTarget | undefined {
    return (this.known ??= this.find());
  }

  /** Makes the collection if it is not there. */
  get target(): WriteTarget {
    return (this.known ??= this.find() ?? this.create());
  }

  /** The recorded answer of a repeated statement, or the statement's own. */
  once(index: number, work: () => Doc): Doc {
    const statement = this.statementId(index);
    const known = this.retry && this.host.engine.retries.resultOf(this.retry, statement);
    if (known) {
      this.repeated.push(statement);
      return known;
    }
    const result = work();
    this.results.set(statement, result);
    return result;
  }

  /**
   * Does the statements and commits them. One that meets a transaction's change is taken back and done again when that
   * transaction has ended, as long as the command's maxTimeMS allows. `failed` throws to give up, or says whether to go on.
   */
  async carryOut(
    count: number,
    statement: (index: number) => void,
    failed: (index: number, error: unknown) => boolean,
  ) {
    try {
      for (let index = 0; index < count;) {
        const before = this.batch.length;
        try {
          statement(index);
        } catch (error) {
          if (error instanceof Blocked) {
            this.batch.rollBack(before);
            await this.waitFor(error.until);
            continue;
          }
          if (!failed(index, error)) break;
        }
        index++;
      }
    } finally {
      // also what was done before an unexpected error stays, as it is visible already
      await this.commit();
    }
  }

  private async commit(): Promise<void> {
    if (this.host.transaction) return;
    if (this.retry && this.results.size > 0) this.batch.recordRetry(this.retry, this.results);
    await this.batch.commit();
  }

  /** What the answer says about statements that were not done again. */
  get repetitions(): Doc {
    return this.repeated.length > 0 ? { retriedStmtIds: this.repeated } : {};
  }

  private find(): WriteTarget | undefined {
    const { engine, transaction } = this.host;
    const { database } = this.command;
    const view = transaction?.view(database, this.name);
    if (transaction) return view && inTransaction(view);
    const collection = engine.collection(database, this.name);
    return collection && inCollection(this.batch, collection);
  }

  private create(): WriteTarget {
    refuseBadName(this.name);
    const { database } = this.command;
    const { transaction } = this.host;
    return transaction
      ? inTransaction(transaction.create(database, this.name))
      : inCollection(this.batch, this.batch.create(database, this.name));
  }

  private async waitFor(ended: Promise<void>): Promise<void> {
    await this.commit();
    this.results.clear();
    this.batch = this.host.engine.batch();
    await within(this.deadline, ended);
    await this.host.engine.writable();
    this.batch = this.host.engine.batch();
    this.known = undefined;
  }

  private statementId(index: number): number {
    const { stmtIds, stmtId } = this.command.body;
    const listed = Array.isArray(stmtIds) ? toNumber(stmtIds[index]) : undefined;
    return listed ?? (toNumber(stmtId) ?? 0) + index;
  }
}

async function within(deadline: number, ended: Promise<void>): Promise<void> {
  if (deadline === Number.POSITIVE_INFINITY) return ended;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const ms = Math.max(0, deadline - performance.now());
    timer = setTimeout(() => reject(new CommandError(50, 'operation exceeded time limit')), ms);
  });
  try {
    await Promise.race([ended, late]);
  } finally {
    clearTimeout(timer);
  }
}

function writeError(index: number, error: unknown): Doc {
  if (!(error instanceof CommandError)) throw error;
  return { index, code: error.code, errmsg: error.message, ...error.details };
}

/** A failure of the whole command and not of one statement. */
const endsTheCommand = (error: unknown) =>
  error instanceof CommandError && (error.code === transactionTooOld || error.labels.includes(transient));

/** Runs the statements of a command; stops at the first failure if they are ordered. Errors are part of the answer. */
export async function perform(
  writing: WriteCommand,
  count: number,
  statement: (index: number) => void,
): Promise<Doc[]> {
  if (count < 1 || count > mostStatements)
    throw new CommandError(16, `Write batch sizes must be between 1 and ${mostStatements}. Got ${count} operations.`);
  const errors: Doc[] = [];
  const ordered = flag(writing.command.body, 'ordered', true);
  await writing.carryOut(count, statement, (index, error) => {
    if (endsTheCommand(error)) throw error;
    errors.push(writeError(index, error));
    return !ordered;
  });
  return errors;
}
