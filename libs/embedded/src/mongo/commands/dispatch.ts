import { Timestamp } from 'bson';
import { CommandError } from '../errors.js';
import { Blocked } from '../storage/claims.js';
import { type Doc, isDoc, truthy } from '../values/document.js';
import { catalogueCommands } from './catalogue.js';
import type { Answer, Command, Handler, Host } from './command.js';
import { handshakeCommands } from './handshake.js';
import { refuseUnknownFields } from './known-fields.js';
import { readCommands } from './reading.js';
import { sessionCommands } from './sessions.js';
import { answerInTransaction, belongsToTransaction, transactionCommands } from './transactions.js';
import { writeCommands } from './writing.js';

const handlers = new Map<string, Handler>(
  Object.entries({
    ...handshakeCommands,
    ...sessionCommands,
    ...transactionCommands,
    ...catalogueCommands,
    ...readCommands,
    ...writeCommands,
  }),
);
handlers.set('listCommands', () => ({
  commands: Object.fromEntries([...handlers.keys()].map((name) => [name, { help: '', requiresAuth: false }])),
  ok: 1,
}));

/** Carries out a command; a failure becomes the answer that MongoDB would give. */
export async function answer(command: Command, host: Host): Promise<Answer> {
  try {
    const handler = handlers.get(command.name);
    if (!handler) throw new CommandError(59, `no such command: '${command.name}'`);
    refuseUnknownFields(command.name, command.body);
    hear(command, host);
    if (belongsToTransaction(command)) return await answerInTransaction(command, host, handler);
    return await whenFree(() => handler(command, host));
  } catch (error) {
    return failure(error, command);
  }
}

/** A command that met a transaction's change, and has done nothing, is done again when that is decided. */
async function whenFree(handle: () => Answer | Promise<Answer>): Promise<Answer> {
  for (;;) {
    try {
      return await handle();
    } catch (error) {
      if (!(error instanceof Blocked)) throw error;
      await error.until;
    }
  }
}

/** Takes over a later cluster time that the client has heard of. */
function hear({ body }: Command, { engine }: Host): void {
  const gossip = body['$clusterTime'];
  const heard = isDoc(gossip) ? gossip['clusterTime'] : undefined;
  if (heard instanceof Timestamp) engine.clock.advance(heard);
}

const shuttingDown = 91;

/** A driver repeats a write (and an ending of a transaction) that has this label. */
const mayBeRepeated = (code: number, { body, name }: Command) =>
  code === shuttingDown &&
  body['txnNumber'] !== undefined &&
  (body['autocommit'] === undefined || name === 'commitTransaction' || name === 'abortTransaction');

export function failure(error: unknown, command: Command): Doc {
  if (error instanceof CommandError) {
    const { code, codeName, message, details } = error;
    const labels = mayBeRepeated(code, command) ? [...error.labels, 'RetryableWriteError'] : error.labels;
    return {
      ok: 0,
      errmsg: message,
      code,
      codeName,
      ...details,
      ...(labels.length > 0 ? { errorLabels: labels } : {}),
    };
  }
  return {
    ok: 0,
    errmsg: error instanceof Error ? (error.stack ?? error.message) : String(error),
    code: 1,
    codeName: 'InternalError',
  };
}

export const isUnacknowledged = ({ body }: Command): boolean => {
  const concern = body['writeConcern'];
  return typeof concern === 'object' && concern !== null && 'w' in concern && !truthy(concern.w);
};
