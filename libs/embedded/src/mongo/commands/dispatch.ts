import { CommandError } from '../errors.js';
import { type Doc, truthy } from '../values/document.js';
import { catalogueCommands } from './catalogue.js';
import type { Answer, Command, Handler, Host } from './command.js';
import { handshakeCommands } from './handshake.js';
import { readCommands } from './reading.js';
import { sessionCommands } from './sessions.js';
import { writeCommands } from './writing.js';

const handlers = new Map<string, Handler>(
  Object.entries({ ...handshakeCommands, ...sessionCommands, ...catalogueCommands, ...readCommands, ...writeCommands }),
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
    if (command.body['startTransaction'] !== undefined || command.body['autocommit'] !== undefined)
      throw new CommandError(20, 'Transaction numbers are only allowed on a replica set member or mongos');
    return await handler(command, host);
  } catch (error) {
    return failure(error);
  }
}

export function failure(error: unknown): Doc {
  if (error instanceof CommandError) {
    const { code, codeName, message, details, labels } = error;
    return {
      ok: 0,
      errmsg: message,
      code,
      codeName,
      ...details,
      ...(labels.length > 0 ? { errorLabels: labels } : {}),
    };
  }
  if (error instanceof Error && /mingo/.test(error.stack ?? ''))
    return { ok: 0, errmsg: error.message, code: 2, codeName: 'BadValue' };
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
