import mongoose from 'mongoose';
import type { Database } from './database.js';
import type { PersonalKeys } from './personal-keys.js';
import { unsealed } from './sealing.js';
import { Undecryptable } from './secrets.js';
import type { Loose, SealedData } from './shape.js';

type Key = Parameters<typeof unsealed>[0];

export interface Readable {
  /** `notify.recipients/018f…`. */
  readonly place: string;
  /** The document with every encrypted value in it replaced by what it says. */
  readonly document: Loose;
  /** How many encrypted values no key that is left can read. */
  readonly closed: number;
}

/**
 * Every document of a service's two databases, as somebody reads it who has them and the service's own key: each encrypted value
 * is opened by whichever personal key opens it, whosever it should be and whatever the shapes say. So it shows also what no reader
 * is given any more and is not gone.
 */
export async function* everythingReadable(database: Database): AsyncGenerator<Readable, void> {
  const { connection } = database;
  const keys = await livingKeys(connection, database.personalKeys);
  for (const name of [connection.name, `${connection.name}-keys`]) {
    const db = connection.getClient().db(name);
    for (const { collectionName } of await db.collections())
      for await (const document of db.collection<{ _id: unknown } & Loose>(collectionName).find()) {
        const opening = new Opening(keys);
        const opened = opening.document(collectionName, document);
        yield { place: `${name}.${collectionName}/${String(document._id)}`, document: opened, closed: opening.closed };
      }
  }
}

/** All text in a value of the database, whatever it is: names, strings, bytes. */
export function textIn(value: unknown): string {
  if (typeof value === 'string') return value;
  if (Buffer.isBuffer(value)) return value.toString('latin1');
  if (value instanceof mongoose.mongo.Binary) return Buffer.from(value.value()).toString('latin1');
  if (Array.isArray(value)) return value.map(textIn).join('\n');
  if (isLoose(value))
    return Object.entries(value)
      .map(([name, each]) => `${name}\n${textIn(each)}`)
      .join('\n');
  return String(value);
}

async function livingKeys(connection: mongoose.Connection, keys: PersonalKeys): Promise<Key[]> {
  const ids: string[] = [];
  const kept = connection.getClient().db(`${connection.name}-keys`).collection<{ _id: string }>('personal_keys');
  for await (const { _id } of kept.find({}, { projection: { _id: 1 } })) ids.push(_id);
  return [...(await keys.look(ids)).values()].filter((held) => typeof held !== 'string');
}

/** Opens what is encrypted in one document. */
class Opening {
  closed = 0;

  constructor(private readonly keys: readonly Key[]) {}

  document(collection: string, document: Loose): Loose {
    const { personal, outbox, timers, sealed, ...rest } = document;
    const id = String(document['_id']);
    return {
      ...rest,
      ...(isLoose(personal)
        ? { personal: this.fields(personal, (name) => `${collection}/${id}/${name.replaceAll('/', '.')}`) }
        : {}),
      ...(sealed === undefined ? {} : { sealed: this.told({ type: document['type'], sealed }) }),
      ...(Array.isArray(outbox) ? { outbox: outbox.map((entry) => this.told(entry)) } : {}),
      ...(Array.isArray(timers) ? { timers: timers.map((entry) => this.told(entry)) } : {}),
    };
  }

  private told(entry: unknown): unknown {
    if (!isLoose(entry) || !isSealed(entry['sealed'])) return entry;
    const { as, parts } = entry['sealed'];
    const context = (field: string) => `event ${as}/${String(entry['type'])}/${field}`;
    return { ...entry, sealed: parts.map(({ fields }) => this.fields(fields, context)) };
  }

  private fields(fields: Loose, contextOf: (name: string) => string): Loose {
    return Object.fromEntries(
      Object.entries(fields).map(([name, value]) => [name, this.value(value, contextOf(name))]),
    );
  }

  private value(value: unknown, context: string): unknown {
    for (const key of this.keys)
      try {
        return unsealed(key, value, context);
      } catch (error) {
        if (!(error instanceof Undecryptable)) throw error;
      }
    this.closed += 1;
    return value;
  }
}

const isLoose = (value: unknown): value is Loose =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  Object.getPrototypeOf(value) === Object.prototype;
const isSealed = (value: unknown): value is SealedData => isLoose(value) && Array.isArray(value['parts']);
