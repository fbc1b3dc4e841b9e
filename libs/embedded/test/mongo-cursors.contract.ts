import { Long } from 'bson';
import type { Fixture } from './mongo.contract.js';

export function mongoCursors({ db, client }: Fixture): void {
  describe('cursors', () => {
    const many = () => db().collection<{ _id: number; n: number }>('many');

    beforeAll(async () => {
      await many().insertMany(Array.from({ length: 10_000 }, (_, n) => ({ _id: n, n: n % 10 })));
    });

    it('walk through 10,000 documents in batches without losing or repeating one', async () => {
      const seen = new Set<number>();
      let batches = 0;
      const listener = () => batches++;
      client().on('commandSucceeded', listener);
      for await (const { _id } of many().find().batchSize(999)) seen.add(_id);
      client().off('commandSucceeded', listener);
      expect(seen.size).toBe(10_000);
    });

    it('limit, skip and sort hold across batches', async () => {
      const ids = await many()
        .find({ n: 3 })
        .sort({ _id: -1 })
        .skip(5)
        .limit(250)
        .batchSize(100)
        .map(({ _id }) => _id)
        .toArray();
      expect(ids).toHaveLength(250);
      expect(ids[0]).toBe(9993 - 50);
      expect(ids.at(-1)).toBe(9993 - 50 - 249 * 10);
    });

    it('can be given back early', async () => {
      const cursor = many().find().batchSize(2);
      expect(await cursor.next()).toMatchObject({ _id: 0 });
      await cursor.close();
      const first = await db().command({ find: 'many', batchSize: 2 });
      const id = first['cursor'].id as Long;
      expect(await db().command({ killCursors: 'many', cursors: [id] })).toMatchObject({ cursorsKilled: [id] });
      await expect(db().command({ getMore: Long.fromValue(id), collection: 'many' })).rejects.toMatchObject({
        code: 43,
        codeName: 'CursorNotFound',
      });
    });

    it('one client that reads slowly does not hold up another', async () => {
      const slow = many().find().batchSize(2);
      await slow.next();
      expect(await many().countDocuments({ n: 1 })).toBe(1000);
      await slow.close();
    });

    it('aggregations have cursors, too', async () => {
      const sums = await many()
        .aggregate([{ $group: { _id: '$n', sum: { $sum: '$_id' } } }, { $sort: { _id: 1 } }], { batchSize: 3 })
        .toArray();
      expect(sums).toHaveLength(10);
      expect(sums[0]).toEqual({ _id: 0, sum: 4_995_000 });
      expect(await many().distinct('n', { _id: { $lt: 3 } })).toEqual([0, 1, 2]);
    });
  });
}
