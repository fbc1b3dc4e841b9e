import { peopleIn, withoutPeople } from '@lyceum/contracts';
import { type Native, type OutboxEntry, type Stored, storable } from './shape.js';

type Waiting = Pick<OutboxEntry, 'type' | 'data' | 'sealed'>;

/** What is set and unset so that an event tells nothing of a person, or undefined when there is nothing to blank. */
function blanking(at: string, { type, data, sealed }: Waiting, personId: string) {
  if (typeof data !== 'object' || data === null || !peopleIn({ type, data }).includes(personId)) return undefined;
  const named = new Map(Object.entries(data));
  const parts = sealed?.parts.filter(({ of }) => named.get(of) !== personId) ?? [];
  const gone = sealed?.parts.filter(({ of }) => named.get(of) === personId) ?? [];
  const hidden = gone.flatMap(({ fields }) => Object.keys(fields)).map((field) => [field, null] as const);
  const event = { type, data: { ...data, ...Object.fromEntries(hidden) } };
  const without = withoutPeople(event, (id) => id === personId);
  if (without === event) return undefined;
  const set = { [`${at}.data`]: storable(without.data, type) };
  if (!sealed) return { $set: set };
  return parts.length > 0
    ? { $set: { ...set, [`${at}.sealed`]: { ...sealed, parts } } }
    : { $set: set, $unset: { [`${at}.sealed`]: '' as const } };
}

/**
 * Blanks what a collection's outboxes and timers tell about a person. They are changed where they lie, each by itself: the relay
 * takes entries out and the timers are fired beside that.
 */
export async function blankWaiting(documents: Native, personId: string): Promise<number> {
  let count = 0;
  const waiting = { $or: [{ pendingSince: { $exists: true } }, { nextDue: { $exists: true } }] };
  const found = documents.find(waiting, { projection: { outbox: 1, timers: 1 } }).batchSize(100);
  for await (const { _id, outbox = [], timers = [] } of found)
    count += await blankOne(documents, { _id, outbox, timers }, personId);
  return count;
}

async function blankOne(
  documents: Native,
  { _id, outbox = [], timers = [] }: Pick<Stored, '_id' | 'outbox' | 'timers'>,
  personId: string,
): Promise<number> {
  let count = 0;
  for (const entry of outbox) {
    const update = blanking('outbox.$', entry, personId);
    if (!update) continue;
    await documents.updateOne({ _id, 'outbox.id': entry.id }, update);
    count += 1;
  }
  for (const timer of timers) {
    const update = blanking('timers.$', timer, personId);
    if (!update) continue;
    await documents.updateOne({ _id, 'timers.key': timer.key }, { ...update, $inc: { version: 1 } });
    count += 1;
  }
  return count;
}
