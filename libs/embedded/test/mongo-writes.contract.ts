import type { MongoBulkWriteError } from 'mongodb';
import type { Fixture } from './mongo.contract.js';

interface Course {
  _id: string;
  version: number;
  title?: string;
  sections?: { id: string; lectures: { id: string; done?: boolean }[] }[];
  outbox?: { id: number }[];
  seats?: number;
  tags?: string[];
}

export function mongoWrites({ db, itUnlessDocumentDb }: Fixture): void {
  const courses = () => db().collection<Course>('courses');

  describe('writes', () => {
    beforeEach(async () => {
      await courses().deleteMany({});
    });

    it('count what they matched, changed and deleted', async () => {
      await courses().insertMany([1, 2, 3].map((n) => ({ _id: `c${n}`, version: n })));
      expect(await courses().updateMany({ version: { $gte: 2 } }, { $set: { seats: 5 } })).toMatchObject({
        matchedCount: 2,
        modifiedCount: 2,
      });
      expect(await courses().updateMany({}, { $set: { seats: 5 } })).toMatchObject({
        matchedCount: 3,
        modifiedCount: 1,
      });
      expect(await courses().deleteMany({ version: { $lt: 3 } })).toMatchObject({ deletedCount: 2 });
      expect(await courses().countDocuments()).toBe(1);
    });

    it('an upsert makes the document from the filter and $setOnInsert once', async () => {
      const update = { $inc: { version: 1 }, $setOnInsert: { title: 'new' } };
      const first = await courses().updateOne({ _id: 'c1' }, update, { upsert: true });
      expect(first).toMatchObject({ upsertedId: 'c1', upsertedCount: 1, matchedCount: 0 });
      await courses().updateOne({ _id: 'c1' }, { ...update, $setOnInsert: { title: 'again' } }, { upsert: true });
      expect(await courses().findOne()).toEqual({ _id: 'c1', version: 2, title: 'new' });
    });

    it('of 50 parallel inserts of one key exactly one wins', async () => {
      const results = await Promise.allSettled(
        Array.from({ length: 50 }, (_, n) => courses().insertOne({ _id: 'same', version: n })),
      );
      const lost = results.filter((result) => result.status === 'rejected');
      expect(lost).toHaveLength(49);
      for (const { reason } of lost)
        expect(reason).toMatchObject({ code: 11000, keyPattern: { _id: 1 }, keyValue: { _id: 'same' } });
    });

    it('of 30 parallel guarded updates of one version exactly one wins, and none is lost over many rounds', async () => {
      await courses().insertOne({ _id: 'c', version: 0, outbox: [] });
      for (let version = 0; version < 5; version++) {
        const changed = await Promise.all(
          Array.from({ length: 30 }, (_, n) =>
            courses().findOneAndUpdate(
              { _id: 'c', version },
              { $inc: { version: 1 }, $push: { outbox: { id: version * 100 + n } } },
              { returnDocument: 'after' },
            ),
          ),
        );
        expect(changed.filter((doc) => doc !== null)).toHaveLength(1);
      }
      const doc = await courses().findOne({ _id: 'c' });
      expect(doc?.version).toBe(5);
      expect(doc?.outbox?.map(({ id }) => Math.floor(id / 100))).toEqual([0, 1, 2, 3, 4]);
    });

    itUnlessDocumentDb('of 20 parallel upserts of one new document one inserts and the others update it', async () => {
      const results = await Promise.all(
        Array.from({ length: 20 }, () => courses().updateOne({ _id: 'u' }, { $inc: { version: 1 } }, { upsert: true })),
      );
      expect(results.filter(({ upsertedCount }) => upsertedCount === 1)).toHaveLength(1);
      expect((await courses().findOne({ _id: 'u' }))?.version).toBe(20);
    });

    it('change arrays of sub-documents by position and by array filters', async () => {
      const sections = [
        { id: 's1', lectures: [{ id: 'l1' }, { id: 'l2' }] },
        { id: 's2', lectures: [{ id: 'l3' }] },
      ];
      await courses().insertOne({ _id: 'c', version: 1, sections });
      await courses().updateOne({ _id: 'c', 'sections.id': 's2' }, { $push: { 'sections.$.lectures': { id: 'l4' } } });
      await courses().updateOne(
        { _id: 'c' },
        { $set: { 'sections.$[s].lectures.$[l].done': true } },
        { arrayFilters: [{ 's.id': 's1' }, { 'l.id': { $in: ['l2', 'l4'] } }] },
      );
      await courses().updateOne({ _id: 'c' }, { $pull: { sections: { id: 's3' } }, $unset: { title: '' } });
      expect((await courses().findOne({ _id: 'c' }))?.sections).toEqual([
        { id: 's1', lectures: [{ id: 'l1' }, { id: 'l2', done: true }] },
        { id: 's2', lectures: [{ id: 'l3' }, { id: 'l4' }] },
      ]);
    });

    it('take elements out and keep sets', async () => {
      await courses().insertOne({
        _id: 'c',
        version: 1,
        tags: ['a', 'b', 'a'],
        outbox: [{ id: 1 }, { id: 2 }, { id: 3 }],
      });
      await courses().updateOne({ _id: 'c' }, { $pull: { tags: 'a', outbox: { id: { $lte: 2 } } } });
      await courses().updateOne(
        { _id: 'c' },
        {
          $addToSet: { tags: { $each: ['b', 'c'] } },
          $push: { outbox: { $each: [{ id: 9 }, { id: 4 }], $sort: { id: 1 }, $slice: -2 } },
        },
      );
      expect(await courses().findOne()).toEqual({
        _id: 'c',
        version: 1,
        tags: ['b', 'c'],
        outbox: [{ id: 4 }, { id: 9 }],
      });
    });

    it('an ordered bulk write stops at the first error, an unordered one goes on', async () => {
      const operations = [
        { insertOne: { document: { _id: 'a', version: 1 } } },
        { insertOne: { document: { _id: 'a', version: 2 } } },
        { updateOne: { filter: { _id: 'a' }, update: { $inc: { version: 10 } } } },
        { insertOne: { document: { _id: 'b', version: 1 } } },
        { deleteOne: { filter: { _id: 'nobody' } } },
        { replaceOne: { filter: { _id: 'r' }, replacement: { version: 5 }, upsert: true } },
      ];
      const ordered: MongoBulkWriteError = await courses()
        .bulkWrite(operations)
        .then(fail, (error) => error);
      expect(ordered).toMatchObject({ code: 11000, insertedCount: 1 });
      expect(await courses().find().toArray()).toEqual([{ _id: 'a', version: 1 }]);
      await courses().deleteMany({});
      const unordered: MongoBulkWriteError = await courses()
        .bulkWrite(operations, { ordered: false })
        .then(fail, (error) => error);
      expect(unordered).toMatchObject({ code: 11000, insertedCount: 2, modifiedCount: 1, upsertedCount: 1 });
      expect(await courses().find().sort({ _id: 1 }).toArray()).toEqual([
        { _id: 'a', version: 11 },
        { _id: 'b', version: 1 },
        { _id: 'r', version: 5 },
      ]);
    });

    it('find and change one document in every form', async () => {
      await courses().insertMany([
        { _id: 'a', version: 1, seats: 3 },
        { _id: 'b', version: 2, seats: 9 },
      ]);
      expect(
        await courses().findOneAndUpdate(
          {},
          { $inc: { seats: -1 } },
          { sort: { seats: -1 }, projection: { seats: 1 } },
        ),
      ).toEqual({ _id: 'b', seats: 9 });
      expect(await courses().findOneAndReplace({ _id: 'a' }, { version: 7 }, { returnDocument: 'after' })).toEqual({
        _id: 'a',
        version: 7,
      });
      expect(
        await courses().findOneAndUpdate(
          { _id: 'n' },
          { $set: { version: 1 } },
          { upsert: true, returnDocument: 'after' },
        ),
      ).toEqual({ _id: 'n', version: 1 });
      expect(await courses().findOneAndUpdate({ _id: 'x' }, { $set: { version: 1 } })).toBeNull();
      expect(await courses().findOneAndDelete({ _id: 'n' })).toEqual({ _id: 'n', version: 1 });
    });

    it('an update by a pipeline computes from the document', async () => {
      await courses().insertOne({ _id: 'c', version: 1, seats: 4 });
      await courses().updateOne({ _id: 'c' }, [
        { $set: { seats: { $max: [0, { $subtract: ['$seats', 5] }] }, title: { $concat: ['#', '$_id'] } } },
      ]);
      expect(await courses().findOne()).toEqual({ _id: 'c', version: 1, seats: 0, title: '#c' });
    });

    it('refuse what would change the _id or make no sense', async () => {
      await courses().insertOne({ _id: 'c', version: 1, title: 'text' });
      await expect(courses().updateOne({ _id: 'c' }, { $set: { _id: 'd' } })).rejects.toMatchObject({ code: 66 });
      await expect(courses().updateOne({ _id: 'c' }, { $inc: { title: 1 } as never })).rejects.toMatchObject({
        code: 14,
      });
      await expect(
        courses().updateOne({ _id: 'c' }, { $set: { version: 1 }, $inc: { version: 1 } }),
      ).rejects.toMatchObject({ code: 40 });
      await expect(courses().updateOne({ _id: 'c' }, { $frob: { version: 1 } })).rejects.toMatchObject({
        code: 9,
      });
      expect(await courses().findOne()).toEqual({ _id: 'c', version: 1, title: 'text' });
    });

    it('a write that nobody waits for is still done', async () => {
      await courses().insertOne({ _id: 'w0', version: 1 }, { writeConcern: { w: 0 } });
      await until(async () => (await courses().countDocuments({ _id: 'w0' })) === 1);
    });
  });
}

const fail = (): never => {
  throw new Error('an error was expected');
};

/** Polls until a condition holds, for at most ten seconds. */
export async function until(condition: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 10_000;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error('the condition did not come true within 10 s');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
