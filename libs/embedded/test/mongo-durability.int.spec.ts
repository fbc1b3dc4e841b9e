import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Long, UUID } from 'bson';
import { MongoClient } from 'mongodb';
import { type EmbeddedMongo, type MongoOptions, startMongo } from '../src/mongo/index.js';
import { RawClient } from './mongo-raw-client.js';
import { startServerProcess } from './mongo-server-process.js';

interface Thing {
  _id: number;
  text?: string;
  at?: Date;
}

describe('the data directory', () => {
  let dataDir: string;
  let mongo: EmbeddedMongo | undefined;
  let client: MongoClient | undefined;

  const open = async (options: MongoOptions = {}) => {
    mongo = await startMongo({ dataDir, ...options });
    client = await new MongoClient(mongo.uri, { serverSelectionTimeoutMS: 5000 }).connect();
    return client.db('d').collection<Thing>('things');
  };
  const close = async () => {
    await client?.close();
    await mongo?.close();
    client = undefined;
    mongo = undefined;
  };
  const files = () => readdirSync(dataDir).sort();

  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'mongo-data-'));
  });
  afterEach(async () => {
    await close();
    rmSync(dataDir, { recursive: true, force: true });
  });

  it('holds nothing of what was deleted or replaced once it is rewritten, whoever writes meanwhile', async () => {
    let things = await open();
    const onDisk = () =>
      files()
        .map((file) => readFileSync(join(dataDir, file), 'latin1'))
        .join();
    await things.insertMany([1, 2, 3].map((_id) => ({ _id, text: `secret ${_id}` })));
    await things.deleteOne({ _id: 1 });
    await things.updateOne({ _id: 2 }, { $set: { text: 'plain' } });
    expect(onDisk()).toMatch(/secret 1[^]*secret 2/);
    const writes = Array.from({ length: 20 }, (_, n) => things.insertOne({ _id: 10 + n }));
    await Promise.all([mongo?.compact(), mongo?.compact(), ...writes]);
    expect(onDisk()).toMatch(/secret 3/);
    expect(onDisk()).not.toMatch(/secret [12]/);
    await close();
    things = await open();
    expect(await things.countDocuments()).toBe(22);
  });

  it('keeps documents, indexes, options and natural order across a restart', async () => {
    let things = await open();
    await things.insertMany([3, 1, 2].map((n) => ({ _id: n, text: `word ${n}` })));
    await things.createIndex({ text: 1 }, { unique: true });
    await things.createIndex({ text: 'text' });
    await client?.db('d').createCollection('validated', { validator: { a: { $gt: 1 } } });
    await things.deleteOne({ _id: 1 });
    const before = await things.indexes();
    await close();
    things = await open();
    expect((await things.find().toArray()).map(({ _id }) => _id)).toEqual([3, 2]);
    expect(await things.indexes()).toEqual(before);
    await expect(things.insertOne({ _id: 9, text: 'word 2' })).rejects.toMatchObject({ code: 11000 });
    expect(await things.countDocuments({ $text: { $search: 'words' } })).toBe(2);
    await expect(client?.db('d').collection('validated').insertOne({ a: 1 })).rejects.toMatchObject({ code: 121 });
    expect(files()).toEqual(['lock', 'log-000001']);
  });

  it('cuts a torn tail and keeps everything before it', async () => {
    const things = await open();
    for (let n = 0; n < 5; n++) await things.insertOne({ _id: n });
    await close();
    const log = join(dataDir, 'log-000001');
    const whole = readFileSync(log);
    for (const cut of [1, 7, 20]) {
      writeFileSync(log, whole);
      truncateSync(log, whole.length - cut);
      expect(await (await open()).countDocuments()).toBe(4);
      await close();
    }
    writeFileSync(log, whole);
    appendFileSync(log, Buffer.from([9, 0, 0, 0, 1, 2, 3, 4, 5]));
    const again = await open();
    expect(await again.countDocuments()).toBe(5);
    await again.insertOne({ _id: 100 });
    await close();
    expect(await (await open()).countDocuments()).toBe(6);
  });

  it('a change of any single byte in the log is never read as data', async () => {
    const things = await open();
    for (let n = 0; n < 3; n++) await things.insertOne({ _id: n, text: 'abcdefgh' });
    await close();
    const log = join(dataDir, 'log-000001');
    const whole = readFileSync(log);
    for (let at = 8; at < whole.length; at += 13) {
      const damaged = Buffer.from(whole);
      damaged[at] = (damaged[at] ?? 0) ^ 0x40;
      writeFileSync(log, damaged);
      const found = await (await open()).find().toArray();
      expect(found).toEqual([0, 1, 2].slice(0, found.length).map((n) => ({ _id: n, text: 'abcdefgh' })));
      await close();
    }
  });

  it('rewrites its files when garbage outweighs the data', async () => {
    let things = await open({ compactAbove: 30_000 });
    await things.insertOne({ _id: 1, text: '' });
    await things.createIndex({ text: 1 });
    for (let n = 0; n < 400; n++) await things.updateOne({ _id: 1 }, { $set: { text: `${n}`.repeat(100) } });
    await close();
    const size = files().reduce((sum, file) => sum + statSync(join(dataDir, file)).size, 0);
    expect(size).toBeLessThan(100_000);
    expect(files().some((file) => file.startsWith('snapshot-'))).toBe(true);
    things = await open();
    expect(await things.findOne()).toEqual({ _id: 1, text: '399'.repeat(100) });
    expect(await things.indexes()).toHaveLength(2);
  });

  it('is used by one server only, and taken over from a dead one', async () => {
    await open();
    await expect(startMongo({ dataDir })).rejects.toThrow(/already open/);
    await expect(startServerProcess(dataDir)).rejects.toThrow(/in use by the process/);
    await close();
    const other = await startServerProcess(dataDir);
    await expect(startMongo({ dataDir })).rejects.toThrow(/in use by the process/);
    await other.kill();
    expect(await (await open()).countDocuments()).toBe(0);
  });

  it('remembers retryable writes: a repetition after a restart is answered and not repeated', async () => {
    const lsid = { id: new UUID() };
    const insert = { insert: 'things', documents: [{ _id: 1 }], lsid, txnNumber: Long.fromNumber(1), $db: 'd' };
    const query = { findAndModify: 'things', query: { _id: 1 }, update: { $inc: { n: 1 } }, new: true };
    const increment = { ...query, lsid, txnNumber: Long.fromNumber(2), $db: 'd' };
    await open();
    let raw = await RawClient.connect(mongo?.port ?? 0);
    expect(await raw.command(insert)).toMatchObject({ n: 1, ok: 1 });
    expect(await raw.command(insert)).toMatchObject({ n: 1, retriedStmtIds: [0], ok: 1 });
    expect(await raw.command(increment)).toMatchObject({ value: { _id: 1, n: 1 } });
    await close();
    await open();
    raw = await RawClient.connect(mongo?.port ?? 0);
    expect(await raw.command(increment)).toMatchObject({ value: { _id: 1, n: 1 } });
    expect(await raw.command(insert)).toMatchObject({ code: 225, codeName: 'TransactionTooOld' });
    expect(await raw.command({ find: 'things', $db: 'd' })).toMatchObject({
      cursor: { firstBatch: [{ _id: 1, n: 1 }] },
    });
    raw.close();
  });

  it('several writes that come together share an fsync', async () => {
    const things = await open();
    const started = performance.now();
    await Promise.all(Array.from({ length: 500 }, (_, n) => things.insertOne({ _id: n })));
    const ms = performance.now() - started;
    process.stdout.write(`500 parallel inserts, each acknowledged after its fsync: ${Math.round(ms)} ms\n`);
    expect(await things.countDocuments()).toBe(500);
  });

  it('expired documents go, by the clock and not before', async () => {
    let now = new Date('2024-01-01T00:00:00Z');
    const things = await open({ now: () => now });
    await things.createIndex({ at: 1 }, { expireAfterSeconds: 60 });
    await things.insertMany([{ _id: 1, at: now }, { _id: 2, at: new Date(now.getTime() + 60_000) }, { _id: 3 }]);
    now = new Date(now.getTime() + 59_999);
    expect(await mongo?.sweepExpired()).toBe(0);
    now = new Date(now.getTime() + 1);
    expect(await mongo?.sweepExpired()).toBe(1);
    now = new Date('2030-01-01');
    expect(await mongo?.sweepExpired()).toBe(1);
    expect(await things.find().toArray()).toEqual([{ _id: 3 }]);
  });
});
