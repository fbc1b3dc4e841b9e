import { type ClientSession, MongoServerError, type TransactionOptions } from 'mongodb';
import mongoose from 'mongoose';
import type { Fixture } from './mongo.contract.js';

interface Account {
  _id: string;
  balance: number;
  email?: string;
  words?: string;
}

const transient = 'TransientTransactionError';

export function mongoTransactions({ db, client, uri, itUnlessDocumentDb }: Fixture): void {
  const accounts = () => db().collection<Account>('accounts');
  const sessions: ClientSession[] = [];
  /** A session with an open transaction. */
  const begin = (options?: TransactionOptions): ClientSession => {
    const session = client().startSession();
    session.startTransaction(options);
    sessions.push(session);
    return session;
  };
  const refusal = (work: Promise<unknown>): Promise<MongoServerError> =>
    work.then(
      () => {
        throw new Error('an error was expected');
      },
      (error: unknown) => {
        if (error instanceof MongoServerError) return error;
        throw error;
      },
    );

  describe('transactions', () => {
    beforeEach(async () => {
      await accounts().deleteMany({});
      await accounts().insertMany([
        { _id: 'a', balance: 10 },
        { _id: 'b', balance: 20 },
        { _id: 'c', balance: 30 },
      ]);
    });
    afterEach(async () => {
      for (const session of sessions.splice(0)) await session.endSession();
    });

    it('what one has done is seen by itself at once, and by others after the commit', async () => {
      const session = begin();
      await accounts().updateOne({ _id: 'a' }, { $inc: { balance: -5 } }, { session });
      await accounts().insertOne({ _id: 'd', balance: 5 }, { session });
      await accounts().deleteOne({ _id: 'b' }, { session });
      const expected = [
        { _id: 'a', balance: 5 },
        { _id: 'c', balance: 30 },
        { _id: 'd', balance: 5 },
      ];
      expect(await accounts().find({}, { session }).sort({ _id: 1 }).toArray()).toEqual(expected);
      expect(await accounts().find().sort({ _id: 1 }).toArray()).toEqual([
        { _id: 'a', balance: 10 },
        { _id: 'b', balance: 20 },
        { _id: 'c', balance: 30 },
      ]);
      await session.commitTransaction();
      expect(await accounts().find().sort({ _id: 1 }).toArray()).toEqual(expected);
    });

    it('what is aborted has never been', async () => {
      const session = begin();
      await accounts().insertOne({ _id: 'd', balance: 1 }, { session });
      await accounts().updateMany({}, { $set: { balance: 0 } }, { session });
      await accounts().deleteOne({ _id: 'a' }, { session });
      await session.abortTransaction();
      expect(await accounts().find().sort({ _id: 1 }).toArray()).toEqual([
        { _id: 'a', balance: 10 },
        { _id: 'b', balance: 20 },
        { _id: 'c', balance: 30 },
      ]);
    });

    it('reads the snapshot of its first operation, whatever others write', async () => {
      const session = begin({ readConcern: { level: 'snapshot' } });
      expect(await accounts().findOne({ _id: 'a' }, { session })).toEqual({ _id: 'a', balance: 10 });
      await accounts().updateOne({ _id: 'a' }, { $set: { balance: 99 } });
      await accounts().deleteOne({ _id: 'b' });
      await accounts().insertOne({ _id: 'd', balance: 25 });
      const query = { balance: { $gte: 10 } };
      expect(await accounts().find(query, { session }).sort({ balance: -1 }).limit(2).toArray()).toEqual([
        { _id: 'c', balance: 30 },
        { _id: 'b', balance: 20 },
      ]);
      expect(await accounts().distinct('balance', {}, { session })).toEqual([10, 20, 30]);
      const pipeline = [{ $group: { _id: null, sum: { $sum: '$balance' }, n: { $sum: 1 } } }];
      expect(await accounts().aggregate(pipeline, { session }).toArray()).toEqual([{ _id: null, sum: 60, n: 3 }]);
      await session.commitTransaction();
      expect(await accounts().find(query).sort({ balance: -1 }).limit(2).toArray()).toEqual([
        { _id: 'a', balance: 99 },
        { _id: 'c', balance: 30 },
      ]);
    });

    it('of two that change one document the second is refused, and may be tried again', async () => {
      const [first, second] = [begin(), begin()];
      await accounts().findOne({}, { session: second });
      await accounts().updateOne({ _id: 'a' }, { $inc: { balance: 1 } }, { session: first });
      const error = await refusal(accounts().updateOne({ _id: 'a' }, { $inc: { balance: 1 } }, { session: second }));
      expect(error).toMatchObject({ code: 112, codeName: 'WriteConflict' });
      expect(error.hasErrorLabel(transient)).toBe(true);
      await first.commitTransaction();
      expect(await accounts().findOne({ _id: 'a' })).toEqual({ _id: 'a', balance: 11 });
      expect(await refusal(second.commitTransaction())).toMatchObject({ code: 251, codeName: 'NoSuchTransaction' });
    });

    it('one that changes what was changed since its snapshot is refused', async () => {
      const session = begin({ readConcern: { level: 'snapshot' } });
      await accounts().findOne({}, { session });
      await accounts().updateOne({ _id: 'b' }, { $inc: { balance: 1 } });
      const error = await refusal(accounts().deleteOne({ _id: 'b' }, { session }));
      expect(error).toMatchObject({ code: 112 });
      expect(error.hasErrorLabel(transient)).toBe(true);
    });

    it('a write outside waits for the transaction that has changed the document, and then sees its outcome', async () => {
      const session = begin();
      await accounts().updateOne({ _id: 'a' }, { $inc: { balance: 100 } }, { session });
      let decided = false;
      const outside = accounts()
        .findOneAndUpdate({ _id: 'a' }, { $inc: { balance: 1 } }, { returnDocument: 'after' })
        .then((doc) => ({ doc, afterCommit: decided }));
      expect(await accounts().findOne({ _id: 'a' })).toEqual({ _id: 'a', balance: 10 });
      decided = true;
      await session.commitTransaction();
      expect(await outside).toEqual({ doc: { _id: 'a', balance: 111 }, afterCommit: true });
    });

    it('a unique key that another transaction has given is refused until that is decided', async () => {
      await accounts().createIndex(
        { email: 1 },
        { unique: true, partialFilterExpression: { email: { $exists: true } } },
      );
      const [first, second] = [begin(), begin()];
      await accounts().findOne({}, { session: second });
      await accounts().insertOne({ _id: 'd', balance: 0, email: 'x@y' }, { session: first });
      const other = { _id: 'e', balance: 0, email: 'x@y' };
      const error = await refusal(accounts().insertOne(other, { session: second }));
      expect(error).toMatchObject({ code: 112 });
      expect(error.hasErrorLabel(transient)).toBe(true);
      await first.commitTransaction();
      expect(await refusal(accounts().insertOne(other))).toMatchObject({ code: 11000, keyValue: { email: 'x@y' } });
      const third = begin();
      expect(await refusal(accounts().insertOne(other, { session: third }))).toMatchObject({ code: 11000 });
      // the failure has ended it
      expect(await refusal(third.commitTransaction())).toMatchObject({ code: 251 });
      await accounts().dropIndexes();
    });

    it('one key may pass from one document to another', async () => {
      await accounts().createIndex(
        { email: 1 },
        { unique: true, partialFilterExpression: { email: { $exists: true } } },
      );
      await accounts().insertOne({ _id: 'd', balance: 0, email: 'x@y' });
      const session = begin();
      await accounts().deleteOne({ _id: 'd' }, { session });
      await accounts().insertOne({ _id: 'e', balance: 1, email: 'x@y' }, { session });
      expect(await accounts().findOne({ email: 'x@y' }, { session })).toMatchObject({ _id: 'e' });
      expect(await accounts().findOne({ email: 'x@y' })).toMatchObject({ _id: 'd' });
      await session.commitTransaction();
      expect(await accounts().find({ email: 'x@y' }).toArray()).toEqual([{ _id: 'e', balance: 1, email: 'x@y' }]);
      await accounts().dropIndexes();
    });

    it('finds by index what it has changed itself, with paging, sorting and skipping', async () => {
      await accounts().deleteMany({});
      await accounts().insertMany(Array.from({ length: 50 }, (_, n) => ({ _id: `n${n + 10}`, balance: n * 10 })));
      await accounts().createIndex({ balance: 1 });
      const session = begin();
      await accounts().updateMany({ balance: { $lt: 100 } }, { $inc: { balance: 1000 } }, { session });
      await accounts().insertOne({ _id: 'new', balance: 101 }, { session });
      const page = (skip: number) =>
        accounts()
          .find({ balance: { $gt: 0 } }, { session, projection: { _id: 0, balance: 1 } })
          .sort({ balance: 1 })
          .skip(skip)
          .limit(3)
          .map(({ balance }) => balance)
          .toArray();
      expect(await page(0)).toEqual([100, 101, 110]);
      expect(await page(40)).toEqual([490, 1000, 1010]);
      expect(await accounts().countDocuments({ balance: { $gte: 1000 } }, { session })).toBe(10);
      await session.abortTransaction();
      await accounts().dropIndexes();
    });

    it('a cursor goes on within its transaction, and sees what it saw', async () => {
      const session = begin();
      const cursor = accounts().find({}, { session, batchSize: 1 }).sort({ _id: 1 });
      expect(await cursor.next()).toMatchObject({ _id: 'a' });
      await accounts().deleteMany({ _id: 'c' });
      expect(await cursor.toArray()).toEqual([
        { _id: 'b', balance: 20 },
        { _id: 'c', balance: 30 },
      ]);
      await session.commitTransaction();
    });

    it('a repeated commit is answered and does nothing again; after it nothing can be aborted', async () => {
      const session = begin();
      await accounts().updateOne({ _id: 'a' }, { $inc: { balance: 1 } }, { session });
      await session.commitTransaction();
      await session.commitTransaction();
      expect(await accounts().findOne({ _id: 'a' })).toEqual({ _id: 'a', balance: 11 });
    });

    it('withTransaction tries again until it succeeds: no increment of 8 parallel ones is lost', async () => {
      await Promise.all(
        Array.from({ length: 8 }, () =>
          client().withSession((session) =>
            session.withTransaction(async () => {
              const found = await accounts().findOne({ _id: 'a' }, { session });
              await accounts().updateOne({ _id: 'a' }, { $set: { balance: (found?.balance ?? 0) + 1 } }, { session });
              await accounts().updateOne({ _id: 'b' }, { $inc: { balance: -1 } }, { session });
            }),
          ),
        ),
      );
      expect(
        await accounts()
          .find({ _id: { $ne: 'c' } })
          .sort({ _id: 1 })
          .toArray(),
      ).toEqual([
        { _id: 'a', balance: 18 },
        { _id: 'b', balance: 12 },
      ]);
    }, 30_000);

    it('withTransaction gives an error of the caller back and leaves nothing', async () => {
      const failing = client().withSession((session) =>
        session.withTransaction(async () => {
          await accounts().deleteMany({}, { session });
          throw new Error('changed my mind');
        }),
      );
      await expect(failing).rejects.toThrow('changed my mind');
      expect(await accounts().countDocuments()).toBe(3);
    });

    it('a collection made by a transaction is there after its commit and not after an abort', async () => {
      const [kept, dropped] = [begin(), begin()];
      await db().collection<Account>('made').insertOne({ _id: 'm', balance: 1 }, { session: kept });
      await db().collection<Account>('never').insertOne({ _id: 'm', balance: 1 }, { session: dropped });
      expect(await db().collection('made').countDocuments({}, { session: kept })).toBe(1);
      await kept.commitTransaction();
      await dropped.abortTransaction();
      expect(await db().collection('made').countDocuments()).toBe(1);
      expect(await db().collection('never').countDocuments()).toBe(0);
    });

    it('one that makes a collection and its indexes makes them together with its documents', async () => {
      const session = begin();
      const made = await db().createCollection<Account>('made_with_indexes', { session });
      await made.createIndex({ email: 1 }, { unique: true, session });
      await made.insertOne({ _id: '1', balance: 1, email: 'x' }, { session });
      await session.commitTransaction();
      expect(await db().listCollections({ name: 'made_with_indexes' }).toArray()).toHaveLength(1);
      expect(await made.indexes()).toHaveLength(2);
      expect(await refusal(made.insertOne({ _id: '2', balance: 1, email: 'x' }))).toMatchObject({ code: 11000 });
    });

    it('words that a transaction has written are found by its own text search only', async () => {
      await accounts().createIndex({ words: 'text' });
      const session = begin();
      await accounts().updateOne({ _id: 'a' }, { $set: { words: 'golden apples' } }, { session });
      const search = { $text: { $search: 'apple' } };
      expect(await accounts().find(search, { session }).toArray()).toHaveLength(1);
      expect(await accounts().find(search).toArray()).toHaveLength(0);
      await session.commitTransaction();
      expect(await accounts().find(search).toArray()).toHaveLength(1);
      await accounts().dropIndexes();
    });

    it('what cannot be in a transaction is refused with 263', async () => {
      const session = begin();
      await accounts().findOne({}, { session });
      for (const command of [{ count: 'accounts' }, { listCollections: 1 }, { drop: 'accounts' }, { ping: 1 }])
        expect(await refusal(db().command(command, { session }))).toMatchObject({
          code: 263,
          codeName: 'OperationNotSupportedInTransaction',
        });
    });

    // DocumentDB carries it out
    itUnlessDocumentDb('an aggregation that writes cannot be in a transaction', async () => {
      for (const stage of [{ $out: 'elsewhere' }, { $merge: 'elsewhere' }])
        expect(await refusal(accounts().aggregate([stage], { session: begin() }).toArray())).toMatchObject({
          code: 263,
        });
      expect(await db().listCollections({ name: 'elsewhere' }).toArray()).toEqual([]);
    });

    it("mongoose's connection.transaction commits, and puts documents back when it fails", async () => {
      const connection = await mongoose.createConnection(uri(), { dbName: db().databaseName }).asPromise();
      try {
        const Model = connection.model('Account', new mongoose.Schema({ _id: String, balance: Number }), 'accounts');
        await connection.transaction(async (session) => {
          await Model.create([{ _id: 'm1', balance: 1 }], { session });
          await Model.updateOne({ _id: 'a' }, { $inc: { balance: 1 } }, { session });
        });
        await expect(
          connection.transaction(async (session) => {
            await Model.updateOne({ _id: 'a' }, { $inc: { balance: 1 } }, { session });
            throw new Error('no');
          }),
        ).rejects.toThrow('no');
        expect(await accounts().findOne({ _id: 'a' })).toEqual({ _id: 'a', balance: 11 });
        expect(await accounts().countDocuments({ _id: 'm1' })).toBe(1);
      } finally {
        await connection.close();
      }
    });

    it('causally consistent sessions read what they have written', async () => {
      await client().withSession({ causalConsistency: true }, async (session) => {
        for (let n = 0; n < 5; n++) {
          await accounts().updateOne({ _id: 'a' }, { $set: { balance: n } }, { session });
          expect(await accounts().findOne({ _id: 'a' }, { session })).toEqual({ _id: 'a', balance: n });
        }
      });
    });

    // DocumentDB tells no time
    itUnlessDocumentDb(
      'a session hears the time of what it did, which other servers are then asked to have reached',
      async () => {
        await client().withSession({ causalConsistency: true }, async (session) => {
          await accounts().updateOne({ _id: 'a' }, { $set: { balance: 1 } }, { session });
          const wrote = session.operationTime;
          await accounts().updateOne({ _id: 'a' }, { $set: { balance: 2 } }, { session });
          expect(wrote && session.operationTime?.greaterThan(wrote)).toBe(true);
        });
      },
    );
  });
}
