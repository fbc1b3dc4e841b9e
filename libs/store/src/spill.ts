import type { Dispatch } from './dispatch.js';
import type { EventLog } from './event-log.js';
import type { Outbox } from './outbox.js';
import type { Lease } from './shape.js';

/** Moves the entries of one outbox to the event log, marked as not sent yet. False when somebody is publishing from it. */
export async function spill(
  place: Outbox,
  id: string,
  { owner, until }: Lease,
  dispatch: Dispatch,
  events: EventLog,
): Promise<boolean> {
  const claimed = await place.claimForSpill(id, owner, until);
  if (!claimed) return false;
  const entries = await dispatch.envelopesOf(id, claimed.entries);
  await events.keepUnsent(place.name, entries);
  await events.keepForgotten(entries);
  return place.spilled(id, owner, claimed.entries, claimed.before);
}
