import { Double, EJSON, Int32, Long } from 'bson';
import { type Db, MongoServerError } from 'mongodb';
import type { Case } from './case.js';

interface Names {
  readonly collection: string;
  cursor: Long;
}

/** The case's collections and cursor instead of the words that stand for them. */
function named(value: unknown, names: Names): unknown {
  if (value === 'COLLECTION') return names.collection;
  if (value === 'OTHER') return `${names.collection}other`;
  if (value === 'CURSOR') return names.cursor;
  if (Array.isArray(value)) return value.map((item) => named(item, names));
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, named(inner, names)]));
}

const unnamed = (text: string, { collection }: Names, db: string) =>
  text
    .replaceAll(`${collection}other`, 'OTHER')
    .replaceAll(collection, 'COLLECTION')
    .replaceAll(db, 'DB')
    .replaceAll(/cursor id \d+/g, 'cursor id N');

const fromServer = ['$clusterTime', 'operationTime', 'opTime', 'electionId', 'raw', 'note', 'ns', 'operationStarted'];

function writeErrors(errors: unknown): object {
  if (!Array.isArray(errors)) return {};
  const shown = errors.map((error: Record<string, unknown>) => ({
    index: Number(error['index']),
    code: Number(error['code']),
    ...(Number(error['code']) === 11000 ? { keyPattern: error['keyPattern'], keyValue: error['keyValue'] } : {}),
  }));
  return { writeErrors: shown };
}

/** Where documents stand, whose numbers must have the same types everywhere; in counters the type does not matter. */
const keepsTypes = new Set(['value', 'values', 'upserted']);

function plain(value: unknown): unknown {
  if (value instanceof Long || value instanceof Int32 || value instanceof Double) return Number(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}

/** A killed cursor's number is nobody's business. */
const counted = (key: string, value: unknown): unknown =>
  key.startsWith('cursors') && Array.isArray(value) ? value.length : keepsTypes.has(key) ? value : plain(value);

function essence(reply: Record<string, unknown>, names: Names): unknown {
  const { cursor, writeErrors: errors, ...all } = reply;
  if (typeof cursor === 'object' && cursor !== null) {
    const { firstBatch, nextBatch, id } = cursor as { firstBatch?: unknown; nextBatch?: unknown; id?: unknown };
    const number = id instanceof Long ? id : Long.fromNumber(Number(id ?? 0));
    const open = !number.isZero();
    if (open) names.cursor = number;
    const batch = firstBatch ?? nextBatch;
    return open ? { batch, open } : batch;
  }
  const rest = Object.entries(all)
    .filter(([key]) => !fromServer.includes(key))
    .map(([key, value]): [string, unknown] => [key, counted(key, value)]);
  return Object.fromEntries([...rest, ...Object.entries(writeErrors(errors))].sort(([a], [b]) => (a < b ? -1 : 1)));
}

export interface Outcome {
  /** Documents with all their types, counts, codes of errors: what must be the same everywhere. */
  readonly result: string;
  /** The texts of the errors, which other servers word in their own way. */
  readonly messages: readonly string[];
}

/** What a server makes of a case. */
export async function outcome(db: Db, { docs, before = [], run }: Case, collection: string): Promise<Outcome> {
  const names: Names = { collection, cursor: Long.ZERO };
  for (const name of [collection, `${collection}other`]) await db.collection(name).drop();
  if (docs.length > 0) await db.collection(collection).insertMany(docs.map((doc) => ({ ...doc })));
  for (const command of before) await db.command(named(command, names) as object);
  const results: unknown[] = [];
  const messages: string[] = [];
  const say = (text: unknown) => messages.push(unnamed(String(text), names, db.databaseName));
  for (const command of run) {
    try {
      const reply = await db.command(named(command, names) as object, { promoteValues: false });
      for (const error of (reply['writeErrors'] ?? []) as { errmsg: string }[]) say(error.errmsg);
      results.push(essence(reply, names));
    } catch (error) {
      if (!(error instanceof MongoServerError)) throw error;
      const { code, keyPattern, keyValue } = error;
      say(error.message);
      results.push(code === 11000 ? { code, keyPattern, keyValue } : { code });
    }
  }
  for (const name of [collection, `${collection}other`]) await db.collection(name).drop();
  return { result: unnamed(EJSON.stringify(results, { relaxed: false }), names, db.databaseName), messages };
}
