import type { Engine } from './storage/engine.js';
import { after } from './storage/bounds.js';
import { inverted, sortKey, typePrefix } from './values/sort-key.js';

const dateRank = 11;
const mostAtOnce = 1000;

/** Deletes what TTL indexes say has expired; gives how many documents went. */
export async function deleteExpired(engine: Engine): Promise<number> {
  let deleted = 0;
  for (const collections of engine.databases.values())
    for (const collection of collections.values())
      for (const index of collection.indexes.values()) {
        const seconds = index.expireAfterSeconds;
        if (seconds === undefined) continue;
        for (;;) {
          await engine.writable();
          if (engine.collection(collection.database, collection.name) !== collection) break;
          const latest = sortKey(new Date(engine.now().getTime() - seconds * 1000));
          const type = typePrefix(dateRank);
          const interval = index.fields[0]?.descending
            ? { low: inverted(latest), high: after(inverted(type)).high }
            : { low: type, high: `${latest}\uffff` };
          const expired = [...index.entries.entries(interval).take(mostAtOnce)];
          if (expired.length === 0) break;
          const batch = engine.batch();
          for (const { record } of expired) {
            const stored = collection.records.get(record);
            // what a transaction has changed is looked at again the next time
            if (!stored || collection.claims.ownerOf(record)) continue;
            batch.erase(collection, record);
            deleted++;
          }
          if (batch.empty) break;
          await batch.commit();
        }
      }
  return deleted;
}
