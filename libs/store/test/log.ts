import type { Envelope } from '@lyceum/contracts';
import type { Database } from '../src/index.js';

/** The whole event log, read in small batches. */
export async function eventLogOf(database: Database): Promise<Envelope[]> {
  const events: Envelope[] = [];
  for await (const event of database.events.stream({ batch: 2 })) events.push(event);
  return events;
}
