import { userErased } from '@lyceum/contracts';
import { PersonalData, type RunningService } from '@lyceum/host';
import { Database, type ErasedPerson } from '@lyceum/store';
import { type Readable, everythingReadable } from '@lyceum/store/testing';
import type { BootedService } from './booted.js';

type Running = Pick<RunningService, 'app'>;

/** Everything that a service exports about somebody, by section; a section that comes in batches is put together. */
export async function collected({ app }: Running, userId: string): Promise<Record<string, Record<string, unknown>[]>> {
  const sections: Record<string, Record<string, unknown>[]> = {};
  for await (const { name, records } of app.get(PersonalData).collect(userId))
    (sections[name] ??= []).push(...JSON.parse(JSON.stringify(records)));
  return sections;
}

/** Where in all collections of a service's database a text stands in clear, also as a part of another: `collection/id`. */
export async function tracesOf({ app }: Running, text: string): Promise<string[]> {
  const { connection } = app.get(Database);
  const traces: string[] = [];
  for (const { name } of (await connection.listCollections()).sort((a, b) => a.name.localeCompare(b.name)))
    for await (const document of connection.collection<{ _id: unknown }>(name).find({}))
      if (JSON.stringify(document).includes(text)) traces.push(`${name}/${String(document._id)}`);
  return traces;
}

/** Everything in a service's databases, as somebody reads it who has them and all keys that are left. */
export const readableIn = ({ app }: Running): AsyncGenerator<Readable, void> => everythingReadable(app.get(Database));

/** Tells a service that somebody is erased, as often as one likes, and gives what it has noted of that. */
export async function eraseFrom(
  { deliver, service }: Pick<BootedService, 'deliver' | 'service'>,
  userId: string,
  erasedAt = new Date(),
): Promise<ErasedPerson> {
  await deliver(userErased, { userId, erasureId: `erasure-of-${userId}`, erasedAt: erasedAt.toISOString() });
  const person = await service.app.get(Database).erased.get(userId);
  if (!person) throw new Error(`${userId} has no tombstone`);
  return person;
}
