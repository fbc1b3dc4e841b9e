import { Binary, UUID } from 'bson';
import { isDoc } from '../values/document.js';
import type { Handler, Host } from './command.js';

function sessionKeys(list: unknown): string[] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((item: unknown) => {
    const id = isDoc(item) ? item['id'] : undefined;
    return id instanceof Binary ? [id.toString('hex')] : [];
  });
}

const endSession = (session: string, { cursors, engine }: Host): void => {
  cursors.killSession(session);
  engine.transactions.abortSession(session);
};

/** The client will not use these again. */
const endSessions: Handler = ({ body, name }, host) => {
  for (const session of sessionKeys(body[name])) {
    endSession(session, host);
    host.engine.retries.forget(session);
  }
  return { ok: 1 };
};

/** Ends what is going on in these sessions (of all, if none is named); they may be used again. */
const killSessions: Handler = ({ body, name }, host) => {
  const named = sessionKeys(body[name]);
  for (const session of named) endSession(session, host);
  if (named.length > 0) return { ok: 1 };
  host.cursors.killAllOfSessions();
  host.engine.transactions.abortAll();
  return { ok: 1 };
};

export const sessionCommands: Record<string, Handler> = {
  startSession: () => ({ id: { id: new UUID() }, timeoutMinutes: 30, ok: 1 }),
  endSessions,
  killSessions,
  killAllSessions: killSessions,
  killAllSessionsByPattern: killSessions,
  refreshSessions: () => ({ ok: 1 }),
};
