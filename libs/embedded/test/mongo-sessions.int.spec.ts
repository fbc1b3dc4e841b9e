import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Document, Long, UUID } from 'bson';
import { MongoClient } from 'mongodb';
import { type EmbeddedMongo, type MongoOptions, startMongo } from '../src/mongo/index.js';
import { RawClient } from './mongo-raw-client.js';
import { until } from './mongo-writes.contract.js';

const transient = { errorLabels: ['TransientTransactionError'] };

describe('sessions, by the message', () => {
  let mongo: EmbeddedMongo;
  let client: RawClient;
  let other: RawClient;
  const dirs: string[] = [];
  const lsid = { id: new UUID() };

  const start = async (options: MongoOptions = {}) => {
    mongo = await startMongo(options);
    [client, other] = [await RawClient.connect(mongo.port), await RawClient.connect(mongo.port)];
  };
  const stop = async () => {
    client.close();
    other.close();
    await mongo.close();
  };
  const directory = () => {
    dirs.push(mkdtempSync(join(tmpdir(), 'mongo-sessions-')));
    return dirs.at(-1) ?? '';
  };
  afterEach(async () => {
    await stop();
    for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
  });

  /** A part of transaction `number`; its first when `startTransaction` is there. */
  const within = (number: number, body: Document, session: Document = lsid) => ({
    ...body,
    lsid: session,
    txnNumber: Long.fromNumber(number),
    autocommit: false,
    $db: body['$db'] ?? 'd',
  });
  const first = (number: number, body: Document, session: Document = lsid) =>
    within(number, { ...body, startTransaction: true }, session);
  const commit = (number: number, session: Document = lsid) =>
    within(number, { commitTransaction: 1, $db: 'admin' }, session);
  const abort = (number: number, session: Document = lsid) =>
    within(number, { abortTransaction: 1, $db: 'admin' }, session);
  const insert = (id: number) => ({ insert: 'things', documents: [{ _id: id }] });
  const set = (id: number, n: number) => ({ update: 'things', updates: [{ q: { _id: id }, u: { $set: { n } } }] });
  const find = { find: 'things', filter: {} };
  const found = async (on = client) => (await on.command({ ...find, $db: 'd' }))['cursor'].firstBatch;

  it('refuses what makes no sense before it looks for the transaction', async () => {
    await start();
    const cases: [Document, number][] = [
      [{ ...find, autocommit: false, lsid, $db: 'd' }, 72],
      [{ ...find, autocommit: false, txnNumber: 1, $db: 'd' }, 72],
      [{ ...find, startTransaction: true, txnNumber: 1, lsid, $db: 'd' }, 72],
      [{ ...first(1, find), autocommit: true }, 72],
      [{ ...first(1, find), startTransaction: false }, 72],
      [{ ...first(1, find), readConcern: { level: 'linearizable' } }, 72],
      [{ ...first(1, insert(1)), writeConcern: { w: 1 } }, 72],
      [{ ...commit(1), $db: 'd' }, 13],
      [first(1, { ...find, $db: 'config' }), 263],
      [first(1, { dropDatabase: 1 }), 263],
    ];
    for (const [command, code] of cases) expect(await client.command(command)).toMatchObject({ ok: 0, code });
    // none of these has begun one
    expect(await client.command(first(1, find))).toMatchObject({ ok: 1 });
    const again = { ...within(1, find), readConcern: { level: 'snapshot' } };
    expect(await client.command(again)).toMatchObject({ ok: 0, code: 72 });
  });

  it('does not pretend to read an earlier moment outside of transactions', async () => {
    await start();
    const driver = await new MongoClient(mongo.uri).connect();
    const reading = driver.withSession({ snapshot: true }, (session) =>
      driver.db('d').collection('things').find({}, { session }).toArray(),
    );
    await expect(reading).rejects.toMatchObject({ code: 115, codeName: 'CommandNotSupported' });
    await driver.close();
  });

  it('numbers of a session only go up', async () => {
    await start();
    expect(await client.command(first(5, insert(5)))).toMatchObject({ ok: 1 });
    expect(await client.command(first(5, insert(6)))).toMatchObject({ code: 50911 });
    expect(await client.command(first(4, insert(4)))).toMatchObject({ code: 225, codeName: 'TransactionTooOld' });
    expect(await client.command(within(6, insert(6)))).toMatchObject({ code: 251, ...transient });
    // a higher number ends the transaction before it
    expect(await client.command(first(7, insert(7)))).toMatchObject({ ok: 1 });
    expect(await client.command(commit(5))).toMatchObject({ code: 225 });
    expect(await client.command(commit(7))).toMatchObject({ ok: 1 });
    expect(await found()).toEqual([{ _id: 7 }]);
    const retryable = { ...insert(8), lsid, txnNumber: Long.fromNumber(7), $db: 'd' };
    expect(await client.command(retryable)).toMatchObject({ writeErrors: [{ code: 72 }] });
    expect(await client.command({ ...retryable, txnNumber: Long.fromNumber(8) })).toMatchObject({ n: 1 });
    expect(await client.command(first(8, insert(9)))).toMatchObject({ code: 50911 });
  });

  it('a retryable write with a higher number ends what the session had open', async () => {
    await start();
    await client.command(first(1, insert(1)));
    await client.command({ ...insert(2), lsid, txnNumber: Long.fromNumber(2), $db: 'd' });
    expect(await client.command(commit(1))).toMatchObject({ code: 225 });
    expect(await found()).toEqual([{ _id: 2 }]);
  });

  it('after the end every further step is refused with what happened', async () => {
    await start();
    await client.command(first(1, insert(1)));
    await client.command(commit(1));
    expect(await client.command(within(1, find))).toMatchObject({ code: 256, codeName: 'TransactionCommitted' });
    expect(await client.command(abort(1))).toMatchObject({ code: 256 });
    expect(await client.command(commit(1))).toMatchObject({ ok: 1 });
    await client.command(first(2, insert(2)));
    expect(await client.command(abort(2))).toMatchObject({ ok: 1 });
    for (const command of [abort(2), commit(2), within(2, find)])
      expect(await client.command(command)).toMatchObject({ code: 251, codeName: 'NoSuchTransaction', ...transient });
    expect(await found()).toEqual([{ _id: 1 }]);
  });

  it('a commit that is repeated after a restart is answered, and what was open then is gone', async () => {
    const dataDir = directory();
    const second = { id: new UUID() };
    await start({ dataDir });
    await client.command(first(3, insert(1)));
    await client.command(commit(3));
    await client.command(first(1, insert(2), second));
    await stop();
    await start({ dataDir });
    expect(await client.command(commit(3))).toMatchObject({ ok: 1 });
    expect(await client.command(commit(1, second))).toMatchObject({ code: 251, ...transient });
    expect(await found()).toEqual([{ _id: 1 }]);
  });

  it('one that takes too long is aborted, and lets those go on that wait for it', async () => {
    await start({ transactionLifetimeMs: 300 });
    await client.command({ ...insert(1), $db: 'd' });
    await client.command(first(1, set(1, 10)));
    expect(await other.command({ ...set(1, 20), $db: 'd' })).toMatchObject({ nModified: 1 });
    expect(await client.command(within(1, find))).toMatchObject({ code: 251, ...transient });
    expect(await client.command(commit(1))).toMatchObject({ code: 251, ...transient });
    expect(await found()).toEqual([{ _id: 1, n: 20 }]);
  });

  it('a write that waits gives up after its maxTimeMS, and what it had done before stays', async () => {
    await start();
    for (const id of [1, 2]) await client.command({ ...insert(id), $db: 'd' });
    await client.command(first(1, set(2, 10)));
    const both = { update: 'things', updates: [...set(1, 5).updates, ...set(2, 5).updates], maxTimeMS: 100, $db: 'd' };
    expect(await other.command(both)).toMatchObject({ ok: 0, code: 50, codeName: 'MaxTimeMSExpired' });
    expect(await client.command(commit(1))).toMatchObject({ ok: 1 });
    expect(await found()).toEqual([
      { _id: 1, n: 5 },
      { _id: 2, n: 10 },
    ]);
  });

  it('a statement on many documents that has to wait is done once on each', async () => {
    await start();
    for (const id of [1, 2, 3]) await client.command({ ...insert(id), $db: 'd' });
    await client.command(first(1, set(3, 10)));
    const all = { update: 'things', updates: [{ q: {}, u: { $inc: { n: 1 } }, multi: true }], $db: 'd' };
    const waiting = other.command(all);
    expect(await found()).toEqual([{ _id: 1 }, { _id: 2 }, { _id: 3 }]);
    await client.command(commit(1));
    expect(await waiting).toMatchObject({ n: 3, nModified: 3 });
    expect((await found()).map(({ n }: Document) => n)).toEqual([1, 1, 11]);
  });

  it.each([
    ['an insert of a key', insert(9)],
    ['an upsert of a key', { update: 'things', updates: [{ q: { _id: 9 }, u: { $set: { n: 1 } }, upsert: true }] }],
    ['$merge', { aggregate: 'source', pipeline: [{ $merge: 'things' }], cursor: {} }],
    ['$out', { aggregate: 'source', pipeline: [{ $out: 'things' }], cursor: {} }],
    ['an index', { createIndexes: 'things', indexes: [{ key: { n: 1 }, name: 'n_1' }] }],
    ['a drop', { drop: 'things' }],
    ['dropping the database', { dropDatabase: 1 }],
    ['another validator', { collMod: 'things', validator: { n: { $exists: false } } }],
  ])('%s waits for the transaction that it meets', async (_, command) => {
    await start();
    await client.command({ insert: 'source', documents: [{ _id: 9, from: 'source' }], $db: 'd' });
    await client.command({ ...insert(1), $db: 'd' });
    await client.command(first(1, insert(9)));
    let ended = false;
    const waiting = other.command({ ...command, $db: 'd' }).then((answer) => ({ answer, ended }));
    expect(await found()).toEqual([{ _id: 1 }]);
    ended = true;
    await client.command(commit(1));
    expect(await waiting).toMatchObject({ ended: true });
  });

  it('an insert of a key that a transaction gives up waits, and then has it', async () => {
    await start();
    await client.command({ ...insert(9), $db: 'd' });
    await client.command(first(1, { delete: 'things', deletes: [{ q: { _id: 9 }, limit: 1 }] }));
    const waiting = other.command({ insert: 'things', documents: [{ _id: 9, n: 'new' }], $db: 'd' });
    expect(await found()).toEqual([{ _id: 9 }]);
    await client.command(commit(1));
    expect(await waiting).toMatchObject({ n: 1 });
    expect(await found()).toEqual([{ _id: 9, n: 'new' }]);
  });

  it('while somebody waits to change a collection, no other transaction begins to use it', async () => {
    await start();
    const second = { id: new UUID() };
    await client.command({ ...insert(1), $db: 'd' });
    await client.command(first(1, find));
    const dropping = other.command({ drop: 'things', $db: 'd' });
    await until(async () => {
      const session = { id: new UUID() };
      const { code } = await client.command(first(1, find, session));
      if (code === undefined) await client.command(abort(1, session));
      return code === 24;
    });
    expect(await client.command(first(1, find, second))).toMatchObject({
      code: 24,
      codeName: 'LockTimeout',
      ...transient,
    });
    expect(await client.command(within(1, find))).toMatchObject({ ok: 1 });
    await client.command(commit(1));
    expect(await dropping).toMatchObject({ ok: 1 });
    expect(await client.command(first(2, find, second))).toMatchObject({ ok: 1, cursor: { firstBatch: [] } });
  });

  it('a collection that was made or dropped since the snapshot is refused, and may be tried again', async () => {
    await start();
    await client.command({ ...insert(1), $db: 'd' });
    await client.command({ insert: 'gone', documents: [{ _id: 1 }], $db: 'd' });
    for (const [number, name] of [
      [1, 'made'],
      [2, 'gone'],
    ] as const) {
      await client.command(first(number, find));
      await other.command(name === 'gone' ? { drop: 'gone', $db: 'd' } : { create: 'made', $db: 'd' });
      expect(await client.command(within(number, { find: name, filter: {} }))).toMatchObject({
        code: 246,
        codeName: 'SnapshotUnavailable',
        ...transient,
      });
    }
  });

  it('two that make one collection: the second is refused, and a write outside waits for the first', async () => {
    await start();
    const second = { id: new UUID() };
    await client.command(first(1, insert(1)));
    expect(await client.command(first(1, insert(2), second))).toMatchObject({ code: 112, ...transient });
    const outside = other.command({ ...insert(3), $db: 'd' });
    await client.command(commit(1));
    expect(await outside).toMatchObject({ n: 1 });
    expect(await found()).toEqual([{ _id: 1 }, { _id: 3 }]);
  });

  it('what open transactions hold in memory is bounded: the oldest is aborted', async () => {
    await start({ transactionBytes: 1_000_000 });
    const second = { id: new UUID() };
    const big = (id: number) => ({ _id: id, text: 'x'.repeat(100_000) });
    await client.command({ insert: 'things', documents: [1, 2, 3, 4, 5, 6, 7, 8].map(big), $db: 'd' });
    await client.command(first(1, { find: 'things', filter: {}, limit: 1 }));
    await client.command(first(1, { find: 'things', filter: {}, limit: 1 }, second));
    // every replaced version is kept for both snapshots
    for (let round = 0; round < 5; round++)
      for (const id of [1, 2, 3, 4]) await other.command({ ...set(id, round), $db: 'd' });
    expect(await client.command(within(1, { find: 'things', filter: { _id: 1 }, limit: 1 }))).toMatchObject({ ok: 1 });
    for (const id of [5, 6]) await other.command({ ...set(id, 1), $db: 'd' });
    expect(await client.command(within(1, find))).toMatchObject({ code: 251, ...transient });
    const seen = await client.command(within(1, { find: 'things', filter: { n: { $exists: true } } }, second));
    expect(seen).toMatchObject({ cursor: { firstBatch: [] } });
    const documents = [11, 12, 13, 14, 15].map(big);
    expect(await client.command(within(1, { insert: 'things', documents }, second))).toMatchObject({ code: 251 });
    expect(await other.command({ ...insert(11), $db: 'd' })).toMatchObject({ n: 1 });
  });

  it('ending or killing a session aborts its transaction and closes its cursors', async () => {
    await start();
    await client.command({ insert: 'things', documents: [{ _id: 1 }, { _id: 2 }], $db: 'd' });
    for (const [i, command] of ['endSessions', 'killSessions'].entries()) {
      const session = { id: new UUID() };
      const opened = await client.command(first(1, { ...find, batchSize: 1 }, session));
      await client.command(within(1, set(1, i), session));
      await client.command({ [command]: [session], $db: 'admin' });
      expect(await client.command(commit(1, session))).toMatchObject({ code: 251 });
      const getMore = { getMore: opened['cursor'].id, collection: 'things', lsid: session, $db: 'd' };
      expect(await client.command(getMore)).toMatchObject({ code: 43 });
    }
    expect(await found()).toEqual([{ _id: 1 }, { _id: 2 }]);
    expect(await client.command({ refreshSessions: [lsid], $db: 'admin' })).toMatchObject({ ok: 1 });
  });

  it('a cursor belongs to its session and its transaction', async () => {
    await start();
    const second = { id: new UUID() };
    await client.command({ insert: 'things', documents: [1, 2, 3, 4, 5].map((n) => ({ _id: n })), $db: 'd' });
    const open = async (command: Document) => (await client.command(command))['cursor'].id as Long;
    const more = (id: Long) => ({ getMore: id, collection: 'things', batchSize: 1, $db: 'd' });
    const inside = await open(first(1, { ...find, batchSize: 1 }));
    const outside = await open({ ...find, batchSize: 1, lsid: second, $db: 'd' });
    const bare = await open({ ...find, batchSize: 1, $db: 'd' });
    const codes = async (commands: Document[]) => {
      const answers: unknown[] = [];
      for (const command of commands) answers.push((await client.command(command))['code']);
      return answers;
    };
    expect(
      await codes([
        { ...more(bare), lsid },
        more(outside),
        { ...more(outside), lsid },
        { ...more(inside), lsid },
        within(1, more(inside)),
        { ...more(outside), lsid: second },
        more(bare),
      ]),
    ).toEqual([50736, 50737, 50738, 50740, undefined, undefined, undefined]);
    await client.command(commit(1));
    expect(await client.command({ ...more(inside), lsid })).toMatchObject({ code: 43 });
  });

  it('repeated statements are answered by their numbers, also when only some of them are new', async () => {
    await start();
    const write = (ids: number[], stmtIds: number[]) => ({
      update: 'things',
      updates: ids.map((id) => ({ q: { _id: id }, u: { $inc: { n: 1 } }, upsert: true })),
      stmtIds,
      lsid,
      txnNumber: Long.fromNumber(1),
      $db: 'd',
    });
    await client.command(write([1, 2], [0, 1]));
    expect(await client.command(write([2, 3], [1, 2]))).toMatchObject({ n: 2, retriedStmtIds: [1] });
    expect(await found()).toEqual([1, 2, 3].map((id) => ({ _id: id, n: 1 })));
  });

  it('a server that stops lets nobody wait', async () => {
    await start();
    await client.command({ ...insert(1), $db: 'd' });
    await client.command(first(1, set(1, 1)));
    const waiting = other.command({ ...set(1, 2), $db: 'd' }).catch((error: Error) => error.message);
    expect(await found()).toEqual([{ _id: 1 }]);
    await mongo.close();
    expect(await waiting).toBe('the server hung up');
  });
});
