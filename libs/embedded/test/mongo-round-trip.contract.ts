import assert from 'node:assert/strict';
import {
  Binary,
  BSONRegExp,
  Decimal128,
  Double,
  Int32,
  Long,
  MaxKey,
  MinKey,
  ObjectId,
  serialize,
  Timestamp,
  UUID,
} from 'bson';
import type { Fixture } from './mongo.contract.js';

export function mongoRoundTrip({ db, client }: Fixture): void {
  describe('values', () => {
    const everything = {
      _id: new ObjectId(),
      int: new Int32(7),
      wholeDouble: new Double(7),
      double: new Double(7.5),
      minusZero: new Double(-0),
      long: Long.fromString('9223372036854775807'),
      small: Long.fromNumber(7),
      decimal: Decimal128.fromString('1.10'),
      binary: new Binary(Buffer.from([0, 255, 128]), 0),
      user: new Binary(Buffer.from([1]), 128),
      uuid: new UUID('5bb0d1a4-7a3b-4f4e-9a63-111111111111'),
      date: new Date('0001-02-03T04:05:06.789Z'),
      null: null,
      yes: true,
      regex: new BSONRegExp('^a.b$', 'im'),
      timestamp: new Timestamp({ t: 4_000_000_000, i: 7 }),
      min: new MinKey(),
      max: new MaxKey(),
      text: 'zero \0 ünï 🎓',
      nested: { list: [new Int32(1), new Double(2), [new Double(3)], { $ref: 'c', $id: new ObjectId(), more: 1 }] },
    };

    it('come back with the very same bytes', async () => {
      const raw = db().collection('values', { raw: true, promoteValues: false });
      await db().collection('values').insertOne(everything);
      const found = await raw.findOne({ _id: everything._id });
      assert(Buffer.isBuffer(found)); // `raw` hands the bytes over, which the driver's types do not say
      expect(found.equals(Buffer.from(serialize(everything)))).toBe(true);
    });

    it('keep their types through an update of another field', async () => {
      const collection = db().collection('values', { promoteValues: false, bsonRegExp: true });
      await collection.updateOne({ _id: everything._id }, { $set: { int: new Int32(8) } });
      const found = await collection.findOne({ _id: everything._id });
      expect(serialize(found ?? {})).toEqual(serialize({ ...everything, int: new Int32(8) }));
    });

    it('int64 numbers beyond 2^53 are told apart', async () => {
      const collection = db().collection<{ _id: number; n: Long }>('longs', { promoteValues: false });
      await collection.insertMany([
        { _id: 1, n: Long.fromString('9007199254740992') },
        { _id: 2, n: Long.fromString('9007199254740993') },
      ]);
      await collection.createIndex({ n: 1 }, { unique: true });
      const count = (filter: object) => db().collection('longs').countDocuments(filter);
      expect(await count({ n: Long.fromString('9007199254740993') })).toBe(1);
      expect(await count({ n: { $gt: Long.fromString('9007199254740992') } })).toBe(1);
    });

    it('documents up to 16 MB are stored, larger ones refused', async () => {
      const collection = db().collection<{ _id: number; blob: Binary }>('large');
      await collection.insertOne({ _id: 1, blob: new Binary(Buffer.alloc(16 * 1024 * 1024 - 100)) });
      expect((await collection.findOne({ _id: 1 }))?.blob.length()).toBe(16 * 1024 * 1024 - 100);
      await expect(collection.updateOne({ _id: 1 }, { $set: { more: 'x'.repeat(200) } })).rejects.toThrow();
      await collection.drop();
    });
  });

  describe('handshake', () => {
    it('looks like the primary of a replica set of wire version 21', async () => {
      const hello = await client().db('admin').command({ hello: 1 });
      expect(hello).toMatchObject({ isWritablePrimary: true, setName: 'rs0', maxWireVersion: 21, ok: 1 });
      expect(await client().db('admin').command({ ping: 1 })).toMatchObject({ ok: 1 });
      expect(await client().db('admin').command({ buildInfo: 1 })).toMatchObject({ ok: 1 });
    });

    it('refuses an unknown command with 59 CommandNotFound', async () => {
      await expect(db().command({ frobnicate: 1 })).rejects.toMatchObject({ code: 59, codeName: 'CommandNotFound' });
    });
  });
}
