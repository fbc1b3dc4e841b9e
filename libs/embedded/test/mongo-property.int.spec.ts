import { EJSON, Long } from 'bson';
import fc from 'fast-check';
import { type Db, MongoClient, MongoServerError } from 'mongodb';
import { type EmbeddedMongo, startMongo } from '../src/mongo/index.js';
import { referenceUri } from './mongo-reference.js';

const runs = Number(process.env['MONGO_PROPERTY_RUNS'] ?? 40);
const seed = Number(process.env['MONGO_PROPERTY_SEED'] ?? 20_261_123);

const scalar = fc.oneof(
  fc.integer({ min: -3, max: 3 }),
  fc.constantFrom(0.5, 2.5, Long.fromNumber(2), 'a', 'ab', 'b', '', null, true, false, new Date(1), new Date(2)),
);
const value = fc.oneof(
  { weight: 5, arbitrary: scalar },
  { weight: 2, arbitrary: fc.array(scalar, { minLength: 1, maxLength: 3 }) },
  { weight: 1, arbitrary: fc.record({ x: scalar }) },
);
const document = fc.record({ a: value, b: value, n: fc.integer({ min: -5, max: 5 }) }, { requiredKeys: ['n'] });
const documents = fc.array(document, { minLength: 1, maxLength: 8 });

const path = fc.constantFrom('a', 'b', 'a.x', 'n');
const condition = fc.oneof(
  scalar,
  fc.record({ $gt: scalar }),
  fc.record({ $gte: scalar, $lt: scalar }),
  fc.record({ $in: fc.array(scalar, { maxLength: 3 }) }),
  fc.record({ $nin: fc.array(scalar, { maxLength: 3 }) }),
  fc.record({ $ne: scalar }),
  fc.record({ $exists: fc.boolean() }),
  fc.record({ $size: fc.integer({ min: 0, max: 3 }) }),
  fc.record({ $type: fc.constantFrom('string', 'number', 'array', 'null', 'bool', 'object') }),
  fc.record({ $not: fc.record({ $gt: scalar }) }),
  fc.record({ $elemMatch: fc.record({ $gte: scalar }) }),
);
const clause = fc.tuple(path, condition).map(([field, wanted]) => ({ [field]: wanted }));
const filter = fc.oneof(
  { weight: 3, arbitrary: clause },
  { weight: 1, arbitrary: fc.array(clause, { minLength: 1, maxLength: 3 }).map((parts) => ({ $and: parts })) },
  { weight: 1, arbitrary: fc.array(clause, { minLength: 1, maxLength: 3 }).map((parts) => ({ $or: parts })) },
);
const update = fc.oneof(
  fc.record({ $set: fc.record({ a: value }) }),
  fc.record({ $inc: fc.record({ n: fc.constantFrom(1, -2, 0.5) }) }),
  fc.record({ $push: fc.record({ b: scalar }) }),
  fc.record({ $addToSet: fc.record({ a: scalar }) }),
  fc.record({ $pull: fc.record({ a: scalar }) }),
  fc.record({ $unset: fc.record({ b: fc.constant('') }) }),
  fc.record({ $mul: fc.record({ n: fc.constantFrom(2, -1) }) }),
  fc.record({ $max: fc.record({ a: scalar }) }),
  fc.record({ $rename: fc.record({ b: fc.constant('c') }) }),
);

async function answers(db: Db, name: string, commands: readonly object[]): Promise<string> {
  const results: unknown[] = [];
  for (const command of commands) {
    try {
      const reply = await db.command(command, { promoteValues: false });
      const cursor: unknown = reply['cursor'];
      results.push(
        typeof cursor === 'object' && cursor !== null && 'firstBatch' in cursor
          ? cursor.firstBatch
          : {
              n: Number(reply['n']),
              errors: ((reply['writeErrors'] ?? []) as { code: unknown }[]).map(({ code }) => Number(code)),
            },
      );
    } catch (error) {
      if (!(error instanceof MongoServerError)) throw error;
      results.push(Number(error.code));
    }
  }
  await db.collection(name).deleteMany({});
  return EJSON.stringify(results, { relaxed: false });
}

const all = (name: string, where: object = {}) => ({ find: name, filter: where, sort: { _id: 1 } });

describe('random documents, filters and updates', () => {
  let mongo: EmbeddedMongo;
  let client: MongoClient;
  let other: MongoClient | undefined;
  const reference = referenceUri();
  const database = `property${process.pid}`;
  beforeAll(async () => {
    mongo = await startMongo();
    client = await new MongoClient(mongo.uri).connect();
    other = reference ? await new MongoClient(reference).connect() : undefined;
    await client.db(database).collection('indexed').createIndex({ a: 1, n: -1 });
    await client.db(database).collection('indexed').createIndex({ b: -1 });
    await client.db(database).collection('indexed').createIndex({ 'a.x': 1 });
  });
  afterAll(async () => {
    await other?.db(database).dropDatabase();
    await other?.close();
    await client?.close();
    await mongo?.close();
  });

  it(`give the same with and without indexes, and on the server of MONGODB_URI (seed ${seed}, ${runs} runs)`, async () => {
    const property = fc.asyncProperty(documents, filter, update, async (docs, where, change) => {
      const stored = docs.map((doc, at) => ({ _id: at, ...doc }));
      const commandsOn = (name: string) => [
        { insert: name, documents: stored },
        all(name, where),
        { update: name, updates: [{ q: where, u: change, multi: true }], ordered: false },
        all(name),
        all(name, where),
      ];
      const plain = await answers(client.db(database), 'plain', commandsOn('plain'));
      const indexed = await answers(client.db(database), 'indexed', commandsOn('indexed'));
      const theirs = other ? await answers(other.db(database), 'plain', commandsOn('plain')) : plain;
      expect({ indexed, theirs }).toEqual({ indexed: plain, theirs: plain });
    });
    await fc.assert(property, { seed, numRuns: runs });
  }, 200_000);
});
