import mongoose, { Schema } from 'mongoose';
import type { Fixture } from './mongo.contract.js';

export function mongoMongoose({ uri, db }: Fixture): void {
  describe('mongoose', () => {
    let connection: mongoose.Connection;
    beforeAll(async () => {
      connection = await mongoose.createConnection(uri(), { dbName: db().databaseName }).asPromise();
    });
    afterAll(() => connection?.close());

    it('makes its indexes, saves, populates and guards versions', async () => {
      const authors = connection.model(
        'Author',
        new Schema({ email: { type: String, unique: true }, born: Date }, { timestamps: true }),
      );
      const books = connection.model(
        'Book',
        new Schema(
          {
            title: String,
            author: { type: Schema.Types.ObjectId, ref: 'Author' },
            tags: [String],
            parts: [{ name: String, pages: Number }],
          },
          { optimisticConcurrency: true },
        ),
      );
      await Promise.all([authors.init(), books.init()]);
      const author = await authors.create({ email: 'a@x', born: new Date(0) });
      await expect(authors.create({ email: 'a@x' })).rejects.toMatchObject({ code: 11000 });
      const book = await books.create({ title: 'One', author: author._id, parts: [{ name: 'I', pages: 1 }] });
      const stale = await books.findById(book._id).orFail();
      book.title = 'Two';
      book.parts.push({ name: 'II', pages: 2 });
      await book.save();
      stale.title = 'Lost';
      await expect(stale.save()).rejects.toMatchObject({ name: 'VersionError' });
      const found = await books
        .findOne({ 'parts.pages': { $gt: 1 } })
        .populate<{ author: { email: string } }>('author')
        .orFail();
      expect(found.title).toBe('Two');
      expect(found.author.email).toBe('a@x');
      expect(
        await books.updateOne({ _id: book._id, 'parts.name': 'II' }, { $set: { 'parts.$.pages': 20 } }),
      ).toMatchObject({ modifiedCount: 1 });
      expect((await books.findById(book._id).lean().orFail()).parts.map(({ pages }) => pages)).toEqual([1, 20]);
    });
  });
}
