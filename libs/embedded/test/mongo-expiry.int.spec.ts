import { MongoClient } from 'mongodb';
import { type EmbeddedMongo, startMongo } from '../src/mongo/index.js';
import { until } from './mongo-writes.contract.js';

interface Thing {
  _id: number;
  at?: Date | Date[] | string;
  kind?: string;
}

const noon = new Date('2026-01-01T12:00:00Z');
const after = (seconds: number) => new Date(noon.getTime() + seconds * 1000);

describe('TTL indexes', () => {
  let now: Date;
  let mongo: EmbeddedMongo;
  let client: MongoClient;
  const things = () => client.db('d').collection<Thing>('things');
  const ids = async () => (await things().find().sort({ _id: 1 }).toArray()).map(({ _id }) => _id);

  beforeEach(async () => {
    now = noon;
    mongo = await startMongo({ now: () => now });
    client = await new MongoClient(mongo.uri).connect();
  });
  afterEach(async () => {
    await client.close();
    await mongo.close();
  });

  it('delete a document when its date, or the earliest of its dates, is old enough, and nothing without a date', async () => {
    await things().createIndex({ at: -1 }, { expireAfterSeconds: 60 });
    await things().insertMany([
      { _id: 1, at: noon },
      { _id: 2, at: [after(3600), noon] },
      { _id: 3, at: [] },
      { _id: 4, at: '2020-01-01' },
      { _id: 5 },
      { _id: 6, at: after(1) },
    ]);
    now = new Date(after(60).getTime() - 1);
    expect(await mongo.sweepExpired()).toBe(0);
    now = after(60);
    expect(await mongo.sweepExpired()).toBe(2);
    expect(await ids()).toEqual([3, 4, 5, 6]);
  });

  it('that are partial delete only what they hold, also after a change has put it in or out', async () => {
    await things().createIndex({ at: 1 }, { expireAfterSeconds: 0, partialFilterExpression: { kind: 'draft' } });
    await things().insertMany([
      { _id: 1, at: noon, kind: 'draft' },
      { _id: 2, at: noon, kind: 'order' },
      { _id: 3, at: noon, kind: 'draft' },
      { _id: 4, at: noon, kind: 'order' },
    ]);
    await things().updateOne({ _id: 3 }, { $set: { kind: 'order' } });
    await things().updateOne({ _id: 4 }, { $set: { kind: 'draft' } });
    now = after(1);
    expect(await mongo.sweepExpired()).toBe(2);
    expect(await ids()).toEqual([2, 3]);
  });

  it('obey a changed time, and one that only now has one', async () => {
    await things().createIndex({ at: 1 }, { name: 'by_time', expireAfterSeconds: 3600 });
    await things().insertOne({ _id: 1, at: noon });
    now = after(61);
    expect(await mongo.sweepExpired()).toBe(0);
    const change = (index: object) => client.db('d').command({ collMod: 'things', index });
    expect(await change({ name: 'by_time', expireAfterSeconds: 60 })).toMatchObject({
      expireAfterSeconds_old: 3600,
      expireAfterSeconds_new: 60,
    });
    expect((await things().indexes())[1]).toMatchObject({ name: 'by_time', expireAfterSeconds: 60 });
    expect(await mongo.sweepExpired()).toBe(1);

    await things().dropIndex('by_time');
    await things().createIndex({ at: 1 });
    await things().insertOne({ _id: 2, at: noon });
    expect(await mongo.sweepExpired()).toBe(0);
    await change({ keyPattern: { at: 1 }, expireAfterSeconds: 0 });
    expect(await mongo.sweepExpired()).toBe(1);
    await expect(change({ keyPattern: { at: 1 }, expireAfterSeconds: -1 })).rejects.toMatchObject({ code: 67 });
    await expect(change({ keyPattern: { at: 1 } })).rejects.toMatchObject({ code: 72 });
    await expect(change({ name: 'nowhere', expireAfterSeconds: 1 })).rejects.toMatchObject({ code: 27 });
  });

  it('leave alone what a transaction is changing, until that is decided; its snapshot keeps what goes', async () => {
    await things().createIndex({ at: 1 }, { expireAfterSeconds: 60 });
    await things().insertMany([1, 2, 3].map((_id) => ({ _id, at: noon })));
    now = after(61);
    await client.withSession(async (session) => {
      session.startTransaction();
      await things().updateOne({ _id: 1 }, { $set: { at: now } }, { session });
      await things().updateOne({ _id: 2 }, { $set: { kind: 'seen' } }, { session });
      expect(await mongo.sweepExpired()).toBe(1);
      expect(await things().countDocuments({}, { session })).toBe(3);
      await session.commitTransaction();
    });
    expect(await mongo.sweepExpired()).toBe(1);
    expect(await ids()).toEqual([1]);
  });

  it('delete more than one round of them, and go with their collection', async () => {
    await things().createIndex({ at: 1 }, { expireAfterSeconds: 60 });
    await things().insertMany(Array.from({ length: 2500 }, (_, _id) => ({ _id, at: noon })));
    now = after(61);
    const sweeping = mongo.sweepExpired();
    await things().drop();
    await sweeping;
    expect(await ids()).toEqual([]);
    await things().insertMany(Array.from({ length: 2500 }, (_, _id) => ({ _id, at: noon })));
    await things().createIndex({ at: 1 }, { expireAfterSeconds: 60 });
    expect(await mongo.sweepExpired()).toBe(2500);
  });

  it('work by themselves', async () => {
    const own = await startMongo({ ttlSweepMs: 20 });
    const other = await new MongoClient(own.uri).connect();
    const collection = other.db('d').collection('things');
    await collection.createIndex({ at: 1 }, { expireAfterSeconds: 0 });
    await collection.insertOne({ at: new Date() });
    await until(async () => (await collection.countDocuments()) === 0);
    expect(await collection.find().toArray()).toEqual([]);
    await other.close();
    await own.close();
  });
});
