import { deepEqual, equal } from 'node:assert/strict';
import type { Db, MongoClient } from 'mongodb';

/** What clients do to a server that is killed at any moment, and what must hold when it is open again. */
export interface Load {
  /** Works until `stopped` or until the connection breaks. Remembers what was acknowledged and what was being asked. */
  work(client: MongoClient, stopped: () => boolean): Promise<void>;
  verify(db: Db): Promise<void>;
  readonly acknowledged: number;
}

type Random = () => number;
const pick = <T>(list: readonly T[], random: Random): T | undefined => list[Math.floor(random() * list.length)];

interface Account {
  _id: number;
  version: number;
  entries: number[];
  email: string;
}

/** Inserts, updates by version and deletes of single documents, each by one writer. */
export class SingleWrites implements Load {
  /** The versions that a document may have now; 0 means that it may be missing. */
  private readonly possible = new Map<number, number[]>();
  private counter = 0;
  acknowledged = 0;

  constructor(private readonly random: Random) {}

  async work(client: MongoClient, stopped: () => boolean): Promise<void> {
    const accounts = client.db('bank').collection<Account>('accounts');
    await accounts.createIndex({ email: 1 }, { unique: true });
    const write = async (writer: number) => {
      const mine = [...this.possible.keys()].filter((id) => id % 6 === writer);
      while (!stopped()) {
        const id = pick(mine, this.random);
        const version = id === undefined ? undefined : this.possible.get(id)?.[0];
        if (id === undefined || version === undefined || this.random() < 0.2) {
          const made = ++this.counter * 6 + writer;
          mine.push(made);
          const doc = { _id: made, version: 1, entries: [1], email: `${made}@x` };
          await this.attempt(made, 0, 1, accounts.insertOne(doc));
        } else if (version > 0 && this.random() < 0.1) {
          await this.attempt(id, version, 0, accounts.deleteOne({ _id: id }));
          mine.splice(mine.indexOf(id), 1);
        } else if (version > 0) {
          const update = { $inc: { version: 1 }, $push: { entries: version + 1 } };
          await this.attempt(id, version, version + 1, accounts.updateOne({ _id: id, version }, update));
        }
      }
    };
    await Promise.all(Array.from({ length: 6 }, (_, writer) => write(writer)));
  }

  private async attempt(id: number, before: number, after: number, write: Promise<unknown>): Promise<void> {
    this.possible.set(id, [before, after]);
    await write;
    this.possible.set(id, [after]);
    this.acknowledged++;
  }

  async verify(db: Db): Promise<void> {
    const accounts = db.collection<Account>('accounts');
    const found = new Map((await accounts.find().toArray()).map((doc) => [doc._id, doc]));
    for (const [id, versions] of this.possible) {
      const doc = found.get(id);
      const version = doc?.version ?? 0;
      deepEqual({ id, versions, version }, { id, versions, version: versions.find((it) => it === version) });
      const entries = Array.from({ length: version }, (_, i) => i + 1);
      deepEqual(doc, doc && { _id: id, version, entries, email: `${id}@x` });
      found.delete(id);
      if (version === 0) this.possible.delete(id);
      else this.possible.set(id, [version]);
    }
    deepEqual([...found.values()], []);
    for (const id of [...this.possible.keys()].slice(-20))
      equal((await accounts.findOne({ email: `${id}@x` }))?._id, id);
  }
}

const purses = 8;
const start = 1000;

/** Transfers between a few purses, each in a transaction with a receipt: they meet all the time. */
export class Transfers implements Load {
  private readonly acknowledgedReceipts = new Set<string>();
  private counter = 0;
  /** Transfers that were refused for another one and tried again. */
  conflicts = 0;

  constructor(private readonly random: Random) {}

  get acknowledged(): number {
    return this.acknowledgedReceipts.size;
  }

  async work(client: MongoClient, stopped: () => boolean): Promise<void> {
    const db = client.db('bank');
    const collection = db.collection<{ _id: number; balance: number }>('purses');
    const receipts = db.collection<{ _id: string; from: number; to: number; amount: number }>('receipts');
    if ((await collection.countDocuments()) === 0)
      await collection.insertMany(Array.from({ length: purses }, (_, n) => ({ _id: n, balance: start })));
    const transfer = async () => {
      while (!stopped()) {
        const from = Math.floor(this.random() * purses);
        const to = (from + 1 + Math.floor(this.random() * (purses - 1))) % purses;
        const amount = Math.ceil(this.random() * 10);
        const receipt = `r${++this.counter}`;
        let attempts = 0;
        await client.withSession((session) =>
          session.withTransaction(async () => {
            if (stopped()) throw new Error('the server is gone');
            attempts++;
            await collection.updateOne({ _id: from }, { $inc: { balance: -amount } }, { session });
            await collection.updateOne({ _id: to }, { $inc: { balance: amount } }, { session });
            await receipts.insertOne({ _id: receipt, from, to, amount }, { session });
            const sum = (await collection.find({}, { session }).toArray()).reduce((all, it) => all + it.balance, 0);
            if (sum !== purses * start) throw new Error(`a snapshot with a sum of ${sum}`);
          }),
        );
        this.conflicts += attempts - 1;
        this.acknowledgedReceipts.add(receipt);
      }
    };
    await Promise.all([transfer(), transfer(), transfer()]);
  }

  async verify(db: Db): Promise<void> {
    const receipts = await db.collection('receipts').find().toArray();
    const ids = new Set(receipts.map(({ _id }) => String(_id)));
    deepEqual(
      [...this.acknowledgedReceipts].filter((id) => !ids.has(id)),
      [],
    );
    const expected = Array.from({ length: purses }, () => start);
    for (const { from, to, amount } of receipts) {
      expected[from] = (expected[from] ?? 0) - amount;
      expected[to] = (expected[to] ?? 0) + amount;
    }
    const found = await db.collection('purses').find().sort({ _id: 1 }).toArray();
    if (found.length > 0)
      deepEqual(
        found.map(({ balance }) => Number(balance)),
        expected,
      );
    else deepEqual(receipts, []);
  }
}

/** Many documents with one command, a bulk delete of older ones, while indexes come and go. */
export class Bulks implements Load {
  private readonly batches = new Map<number, 'asked' | 'there' | 'deleting'>();
  private counter = 0;
  acknowledged = 0;

  constructor(private readonly random: Random) {}

  async work(client: MongoClient, stopped: () => boolean): Promise<void> {
    const bulk = client.db('bank').collection<{ _id: string; batch: number; n: number }>('bulk');
    const write = async () => {
      while (!stopped()) {
        const batch = ++this.counter;
        this.batches.set(batch, 'asked');
        await bulk.insertMany(Array.from({ length: 20 }, (_, n) => ({ _id: `${batch}-${n}`, batch, n })));
        this.batches.set(batch, 'there');
        this.acknowledged++;
        const there = [...this.batches].filter(([, state]) => state === 'there').map(([number]) => number);
        const old = there.length > 10 ? pick(there, this.random) : undefined;
        if (old === undefined) continue;
        this.batches.set(old, 'deleting');
        await bulk.deleteMany({ batch: old });
        this.batches.delete(old);
        this.acknowledged++;
      }
    };
    const index = async () => {
      while (!stopped()) {
        await bulk.createIndex({ batch: 1, n: -1 }, { name: 'coming' });
        await bulk.createIndex({ n: 1 }, { name: 'going' });
        await bulk.dropIndex('going');
        await bulk.dropIndex('coming');
      }
    };
    await Promise.all([write(), index()]);
  }

  async verify(db: Db): Promise<void> {
    const bulk = db.collection<{ _id: string; batch: number; n: number }>('bulk');
    const found = Map.groupBy(await bulk.find().toArray(), ({ batch }) => batch);
    for (const [batch, state] of this.batches) {
      const docs = found.get(batch) ?? [];
      // one command is one record of the journal: all or nothing
      deepEqual(
        { batch, state, documents: docs.length },
        {
          batch,
          state,
          documents: state === 'there' || docs.length > 0 ? 20 : 0,
        },
      );
      equal(await bulk.countDocuments({ batch }), docs.length);
      found.delete(batch);
      if (docs.length === 0) this.batches.delete(batch);
      else this.batches.set(batch, 'there');
    }
    deepEqual([...found.keys()], []);
    const indexes = (await db.listCollections({ name: 'bulk' }).toArray()).length > 0 ? await bulk.indexes() : [];
    for (const { name } of indexes) if (name === 'going' || name === 'coming') await bulk.dropIndex(name);
  }
}
