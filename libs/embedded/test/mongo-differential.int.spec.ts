import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EJSON } from 'bson';
import { type Db, MongoClient, MongoServerError } from 'mongodb';
import { type EmbeddedMongo, startMongo } from '../src/mongo/index.js';
import { type Case, differentialCases } from './mongo-differential-cases.js';
import { knownDifferences } from './mongo-differences.js';
import { referenceUri } from './mongo-reference.js';

const goldenFile = join(__dirname, 'mongo-differential.golden.json');
const renew = process.env['MONGO_GOLDEN'] === 'write';

/** The case's collection instead of the word COLLECTION, wherever it stands. */
function named(value: unknown, collection: string): unknown {
  if (value === 'COLLECTION') return collection;
  if (Array.isArray(value)) return value.map((item) => named(item, collection));
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, named(inner, collection)]));
}

function essence(reply: Record<string, unknown>): unknown {
  const { cursor, writeErrors, $clusterTime: _, operationTime: __, opTime: ___, electionId: ____, ...rest } = reply;
  if (typeof cursor === 'object' && cursor !== null && 'firstBatch' in cursor) return cursor.firstBatch;
  const errors = Array.isArray(writeErrors)
    ? { writeErrors: writeErrors.map(({ index, code }: { index: unknown; code: unknown }) => ({ index, code })) }
    : {};
  return Object.fromEntries(Object.entries({ ...rest, ...errors }).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What a server makes of a case: documents with all their types, counts, and the codes of errors. */
async function outcome(db: Db, { docs, run }: Case, collection: string): Promise<string> {
  await db.collection(collection).drop();
  await db.collection(collection).insertMany(docs.map((doc) => ({ ...doc })));
  const results: unknown[] = [];
  for (const command of run) {
    try {
      results.push(essence(await db.command(named(command, collection) as object)));
    } catch (error) {
      if (!(error instanceof MongoServerError)) throw error;
      results.push({ code: error.code });
    }
  }
  return EJSON.stringify(results, { relaxed: false });
}

const keyOf = ({ group, name }: Case) => `${group}: ${name}`;

describe('the same operations give the same results', () => {
  let mongo: EmbeddedMongo;
  let ours: MongoClient;
  let golden: Record<string, string> = {};
  const outcomes = new Map<string, string>();

  beforeAll(async () => {
    mongo = await startMongo();
    ours = await new MongoClient(mongo.uri, { promoteValues: false }).connect();
    if (existsSync(goldenFile)) golden = JSON.parse(readFileSync(goldenFile, 'utf8')) as Record<string, string>;
    for (const [i, item] of differentialCases.entries())
      outcomes.set(keyOf(item), await outcome(ours.db('differential'), item, `c${i}`));
    if (renew) {
      golden = Object.fromEntries(outcomes);
      writeFileSync(goldenFile, `${JSON.stringify(golden, null, 2)}\n`);
    }
  });
  afterAll(async () => {
    await ours?.close();
    await mongo?.close();
  });

  it.each(differentialCases.map((item) => [keyOf(item)]))('%s', (key) => {
    expect(outcomes.get(key)).toBe(golden[key]);
  });

  const reference = referenceUri();
  it('as on the server given by MONGODB_URI, but for what is listed with its reason', async () => {
    if (!reference) {
      process.stdout.write(
        'Embedded MongoDB: MONGODB_URI is not set, so it is compared with its recorded results only\n',
      );
      return;
    }
    const client = await new MongoClient(reference, { promoteValues: false }).connect();
    const db = client.db('differential');
    const table = new Map<string, { same: number; known: number; different: number }>();
    const different: string[] = [];
    for (const [i, item] of differentialCases.entries()) {
      const row = table.get(item.group) ?? { same: 0, known: 0, different: 0 };
      table.set(item.group, row);
      const theirs = await outcome(db, item, `c${i}`);
      if (theirs === outcomes.get(keyOf(item))) row.same++;
      else if (keyOf(item) in knownDifferences) row.known++;
      else {
        row.different++;
        different.push(`${keyOf(item)}\n  ours   ${outcomes.get(keyOf(item))}\n  theirs ${theirs}`);
      }
    }
    await db.dropDatabase();
    await client.close();
    const lines = [...table].map(
      ([group, row]) =>
        `  ${group.padEnd(14)} same ${row.same}, known to differ ${row.known}, different ${row.different}`,
    );
    process.stdout.write(`Embedded MongoDB against ${reference}:\n${lines.join('\n')}\n`);
    expect(different).toEqual([]);
  }, 120_000);
});
