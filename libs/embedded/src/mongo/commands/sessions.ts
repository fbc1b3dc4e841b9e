import { UUID } from 'bson';
import { CommandError } from '../errors.js';
import { isDoc } from '../values/document.js';
import { Binary } from 'bson';
import type { Handler } from './command.js';

function sessionKeys(list: unknown): string[] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((item: unknown) => {
    const id = isDoc(item) ? item['id'] : undefined;
    return id instanceof Binary ? [id.toString('hex')] : [];
  });
}

const noTransaction: Handler = () => {
  throw new CommandError(20, 'Transaction numbers are only allowed on a replica set member or mongos');
};

const endSessions: Handler = ({ body, name }, host) => {
  for (const session of sessionKeys(body[name])) {
    host.cursors.killSession(session);
    host.engine.retries.forget(session);
  }
  return { ok: 1 };
};

export const sessionCommands: Record<string, Handler> = {
  startSession: () => ({ id: { id: new UUID() }, timeoutMinutes: 30, ok: 1 }),
  endSessions,
  killSessions: endSessions,
  refreshSessions: () => ({ ok: 1 }),
  commitTransaction: noTransaction,
  abortTransaction: noTransaction,
};
