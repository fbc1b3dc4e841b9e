import type { Fixture } from './mongo.contract.js';

interface Course {
  _id: number;
  title: string;
  about: string;
}

export function mongoText({ db }: Fixture): void {
  describe('text search', () => {
    const courses = () => db().collection<Course>('searched');
    const ids = async (search: string, more: object = {}) =>
      (
        await courses()
          .find({ $text: { $search: search, ...more } })
          .sort({ _id: 1 })
          .toArray()
      ).map(({ _id }) => _id);

    beforeAll(async () => {
      await courses().insertMany([
        { _id: 1, title: 'Cooking for beginners', about: 'Knives, pans and patience' },
        { _id: 2, title: 'Advanced knives', about: 'Sharpen what you cook with' },
        { _id: 3, title: 'Crème brûlée', about: 'A French classic' },
        { _id: 4, title: 'Running', about: 'Run faster, ran before, runner' },
      ]);
      await courses().createIndex(
        { title: 'text', about: 'text' },
        { weights: { title: 10, about: 1 }, name: 'search' },
      );
    });

    it('finds words in any form, whatever their case and accents', async () => {
      expect(await ids('cooks')).toEqual([1, 2]);
      expect(await ids('KNIFE knives')).toEqual([1, 2]);
      expect(await ids('creme')).toEqual([3]);
      expect(await ids('BRÛLÉE')).toEqual([3]);
      expect(await ids('the and of')).toEqual([]);
    });

    it('joins words by or, takes phrases literally and excludes by minus', async () => {
      expect(await ids('french running')).toEqual([3, 4]);
      expect(await ids('"for beginners"')).toEqual([1]);
      expect(await ids('knives -advanced')).toEqual([1]);
    });

    it('ranks by weight and shows the score', async () => {
      const found = await courses()
        .find({ $text: { $search: 'knives' } }, { projection: { score: { $meta: 'textScore' } } })
        .sort({ score: { $meta: 'textScore' } })
        .toArray();
      expect(found.map(({ _id }) => _id)).toEqual([2, 1]);
      const [first, second] = found.map((doc) => Number(doc['score' as keyof Course]));
      expect(first).toBeGreaterThan(second ?? Number.POSITIVE_INFINITY);
    });

    it('works with further conditions and at the head of an aggregation', async () => {
      expect(await courses().countDocuments({ $text: { $search: 'knives' }, _id: { $gt: 1 } })).toBe(1);
      const found = await courses()
        .aggregate([{ $match: { $text: { $search: 'knives' } } }, { $group: { _id: null, n: { $sum: 1 } } }])
        .toArray();
      expect(found).toEqual([{ _id: null, n: 2 }]);
    });

    it('follows changes and deletions', async () => {
      await courses().insertOne({ _id: 9, title: 'Astronomy', about: '' });
      expect(await ids('astronomy')).toEqual([9]);
      await courses().updateOne({ _id: 9 }, { $set: { title: 'Botany' } });
      expect(await ids('astronomy')).toEqual([]);
      expect(await ids('botany')).toEqual([9]);
      await courses().deleteOne({ _id: 9 });
      expect(await ids('botany')).toEqual([]);
    });

    it('with the language none takes words as they are', async () => {
      const plain = db().collection<{ _id: number; text: string }>('unstemmed');
      await plain.insertMany([
        { _id: 1, text: 'the running' },
        { _id: 2, text: 'run' },
      ]);
      await plain.createIndex({ text: 'text' }, { default_language: 'none' });
      expect(await plain.countDocuments({ $text: { $search: 'run' } })).toBe(1);
      expect(await plain.countDocuments({ $text: { $search: 'the' } })).toBe(1);
    });

    it('without a text index is refused', async () => {
      await expect(
        db()
          .collection('courses')
          .findOne({ $text: { $search: 'x' } }),
      ).rejects.toMatchObject({ code: 27 });
    });
  });
}
