import type { Fixture } from './mongo.contract.js';

export function mongoIndexes({ db, itUnlessDocumentDb }: Fixture): void {
  const fresh = async (name: string) => {
    await db()
      .collection(name)
      .drop()
      .catch(() => undefined);
    return db().collection<{ _id: number; [field: string]: unknown }>(name);
  };

  describe('indexes', () => {
    it('a unique index refuses the second key with pattern and value', async () => {
      const users = await fresh('users');
      await users.createIndex({ email: 1, tenant: 1 }, { unique: true });
      await users.insertOne({ _id: 1, email: 'a@x', tenant: 't' });
      await expect(users.insertOne({ _id: 2, email: 'a@x', tenant: 't' })).rejects.toMatchObject({
        code: 11000,
        keyPattern: { email: 1, tenant: 1 },
        keyValue: { email: 'a@x', tenant: 't' },
      });
      await users.insertOne({ _id: 3, email: 'a@x', tenant: 'u' });
      await expect(users.updateOne({ _id: 3 }, { $set: { tenant: 't' } })).rejects.toMatchObject({ code: 11000 });
      expect(await users.findOne({ _id: 3 })).toMatchObject({ tenant: 'u' });
    });

    it('a missing field is one key of a unique index, unless it is sparse', async () => {
      const plain = await fresh('missing');
      await plain.createIndex({ key: 1 }, { unique: true });
      await plain.insertOne({ _id: 1 });
      await expect(plain.insertOne({ _id: 2 })).rejects.toMatchObject({ code: 11000 });
      const sparse = await fresh('sparse');
      await sparse.createIndex({ key: 1 }, { unique: true, sparse: true });
      await sparse.insertMany([{ _id: 1 }, { _id: 2 }, { _id: 3, key: 'k' }]);
      await expect(sparse.insertOne({ _id: 4, key: 'k' })).rejects.toMatchObject({ code: 11000 });
      expect(await sparse.countDocuments({ key: { $exists: false } })).toBe(2);
      expect(await sparse.find().sort({ key: 1 }).toArray()).toHaveLength(3);
    });

    it('a partial unique index guards only the documents that it covers, also when they move in', async () => {
      const grants = await fresh('grants');
      await grants.createIndex({ learner: 1 }, { unique: true, partialFilterExpression: { status: 'active' } });
      await grants.insertMany([
        { _id: 1, learner: 'a', status: 'ended' },
        { _id: 2, learner: 'a', status: 'active' },
        { _id: 3, learner: 'a', status: 'ended' },
      ]);
      await expect(grants.updateOne({ _id: 1 }, { $set: { status: 'active' } })).rejects.toMatchObject({ code: 11000 });
      await grants.updateOne({ _id: 2 }, { $set: { status: 'ended' } });
      expect(await grants.updateOne({ _id: 1 }, { $set: { status: 'active' } })).toMatchObject({ modifiedCount: 1 });
      expect(await grants.countDocuments({ learner: 'a' })).toBe(3);
      expect(await grants.countDocuments({ learner: 'a', status: 'active' })).toBe(1);
    });

    itUnlessDocumentDb('array elements are keys of their own', async () => {
      const docs = await fresh('multikey');
      await docs.createIndex({ 'items.sku': 1 }, { unique: true });
      await docs.insertOne({ _id: 1, items: [{ sku: 'a' }, { sku: 'a' }, { sku: 'b' }] });
      await expect(docs.insertOne({ _id: 2, items: [{ sku: 'b' }] })).rejects.toMatchObject({ code: 11000 });
      expect(await docs.countDocuments({ 'items.sku': { $in: ['a', 'b'] } })).toBe(1);
      await docs.updateOne({ _id: 1 }, [{ $set: { items: [{ sku: 'a' }] } }]);
      await docs.insertOne({ _id: 2, items: [{ sku: 'b' }] });
    });

    itUnlessDocumentDb('two arrays in one compound index are refused', async () => {
      const docs = await fresh('parallel');
      await docs.createIndex({ a: 1, b: 1 });
      await docs.insertOne({ _id: 1, a: [1, 2], b: 3 });
      await expect(docs.insertOne({ _id: 2, a: [1], b: [2] })).rejects.toMatchObject({ code: 171 });
    });

    itUnlessDocumentDb('answers are the same with and without an index, whatever the values', async () => {
      const values = [
        1,
        2.5,
        'a',
        'b',
        null,
        undefined,
        [1, 'b'],
        [],
        { x: 1 },
        true,
        new Date(5),
        [null],
        [[1]],
        -1,
        'ab',
        Number.NaN,
      ];
      const [bare, indexed] = [await fresh('bare'), await fresh('indexed')];
      await indexed.createIndexes([{ key: { a: 1 } }, { key: { b: -1, a: 1 } }]);
      const docs = values.flatMap((a, i) =>
        values.map((b, j) => ({
          _id: i * 100 + j,
          ...(a === undefined ? {} : { a }),
          ...(b === undefined || (Array.isArray(a) && Array.isArray(b)) ? {} : { b }),
        })),
      );
      for (const collection of [bare, indexed]) await collection.insertMany(docs);
      const conditions = [
        1,
        'a',
        null,
        true,
        { $gt: 0 },
        { $lte: 1 },
        { $gte: 'a', $lt: 'b' },
        { $in: [1, null, 'b'] },
        { $exists: true },
        { $exists: false },
        { $ne: 1 },
        /^a/,
        { x: 1 },
        [],
        { $gt: 0, $lt: 2 },
        { $nin: [1] },
        { $type: 'string' },
        { $elemMatch: { $gte: 1 } },
        { $gte: null },
        Number.NaN,
      ];
      for (const a of conditions)
        for (const filter of [{ a }, { b: a }, { a, b: 1 }, { b: 'a', a }, { $or: [{ a }, { b: 2.5 }] }]) {
          const [one, two] = await Promise.all(
            [bare, indexed].map((collection) => collection.find(filter).project({ _id: 1 }).sort({ _id: 1 }).toArray()),
          );
          expect({ filter, ids: two?.map(({ _id }) => _id) }).toEqual({ filter, ids: one?.map(({ _id }) => _id) });
        }
    });

    it('gives the wanted order, upwards and downwards, with skip and limit', async () => {
      const docs = await fresh('sorted');
      await docs.createIndex({ kind: 1, n: -1 });
      await docs.insertMany(Array.from({ length: 300 }, (_, n) => ({ _id: n, kind: n % 3, n: (n * 7919) % 300 })));
      const page = await docs.find({ kind: 1 }).sort({ n: -1 }).skip(10).limit(5).toArray();
      const back = await docs.find({ kind: 1 }).sort({ n: 1 }).limit(3).toArray();
      const all = (await docs.find({ kind: 1 }).toArray()).map(({ n }) => Number(n)).sort((a, b) => b - a);
      expect(page.map(({ n }) => n)).toEqual(all.slice(10, 15));
      expect(back.map(({ n }) => n)).toEqual(all.toReversed().slice(0, 3));
      const compound = await docs.find().sort({ kind: -1, n: 1 }).limit(2).toArray();
      expect(compound.map(({ kind }) => kind)).toEqual([2, 2]);
    });

    it('are listed, created once, refused when they conflict, and dropped', async () => {
      const docs = await fresh('catalogue');
      await docs.createIndex({ a: 1 }, { name: 'mine', unique: true });
      await docs.createIndex({ a: 1 }, { name: 'mine', unique: true });
      expect((await docs.indexes()).map(({ name, key, unique }) => ({ name, key, unique }))).toEqual([
        { name: '_id_', key: { _id: 1 }, unique: undefined },
        { name: 'mine', key: { a: 1 }, unique: true },
      ]);
      await expect(docs.createIndex({ a: 1 }, { name: 'other', unique: true })).rejects.toMatchObject({ code: 85 });
      await expect(docs.createIndex({ b: 1 }, { name: 'mine' })).rejects.toMatchObject({ code: 86 });
      await docs.dropIndex('mine');
      await expect(docs.dropIndex('mine')).rejects.toMatchObject({ code: 27 });
      await expect(docs.dropIndex('_id_')).rejects.toMatchObject({ code: 72 });
      expect(await docs.indexes()).toHaveLength(1);
    });

    it('a unique index over duplicates is not built', async () => {
      const docs = await fresh('duplicates');
      await docs.insertMany([
        { _id: 1, a: 1 },
        { _id: 2, a: 1 },
      ]);
      await expect(docs.createIndex({ a: 1 }, { unique: true })).rejects.toMatchObject({ code: 11000 });
      expect(await docs.indexes()).toHaveLength(1);
    });

    it('a case-insensitive collation finds', async () => {
      const collation = { locale: 'en', strength: 2 };
      const docs = await fresh('collated');
      await docs.insertMany([
        { _id: 1, name: 'Ada' },
        { _id: 2, name: 'ADA' },
        { _id: 3, name: 'bob' },
      ]);
      expect(await docs.countDocuments({ name: 'ada' }, { collation })).toBe(2);
      expect(await docs.countDocuments({ name: 'ada' })).toBe(0);
    });

    itUnlessDocumentDb('a unique index with a collation guards, whatever the case', async () => {
      const collation = { locale: 'en', strength: 2 };
      const docs = await fresh('collated-unique');
      await docs.insertOne({ _id: 1, name: 'Ada' });
      await docs.createIndex({ name: 1 }, { unique: true, collation });
      await expect(docs.insertOne({ _id: 4, name: 'aDA' })).rejects.toMatchObject({ code: 11000 });
      expect(await docs.countDocuments({ name: 'ADA' }, { collation })).toBe(1);
    });
  });

  describe('collections', () => {
    it('are made, listed, renamed and dropped', async () => {
      await db().createCollection('made');
      await expect(db().createCollection('made', { validator: { a: 1 } })).rejects.toMatchObject({ code: 48 });
      const made = db().collection<{ _id: number }>('made');
      await made.insertOne({ _id: 1 });
      await made.rename('renamed');
      expect(
        (
          await db()
            .listCollections({ name: /made|renamed/ })
            .toArray()
        ).map(({ name }) => name),
      ).toEqual(['renamed']);
      expect(await db().collection('renamed').countDocuments()).toBe(1);
      expect(await db().collection('renamed').drop()).toBe(true);
      const databases = await db().admin().listDatabases({ nameOnly: true });
      expect(databases.databases.map(({ name }) => name)).toContain(db().databaseName);
    });
  });
}
