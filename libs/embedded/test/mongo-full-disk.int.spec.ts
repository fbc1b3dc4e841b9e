import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MongoClient, MongoServerError } from 'mongodb';
import { type ServerProcess, startServerProcess } from './mongo-server-process.js';

interface Thing {
  _id: string;
  text: string;
}
interface Receipt {
  _id: string;
  amount: number;
}

const possible = (command: string, args: readonly string[]): boolean => {
  try {
    execFileSync(command, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};

/** One for each of the writers. */
const outOfDiskSpace = [14031, 14031, 14031, 14031];

/** Writes from several sides until each was refused; says what was acknowledged. */
async function fill(client: MongoClient, run: string) {
  const db = client.db('d');
  const acknowledged: string[] = [];
  const receipts: string[] = [];
  const refusals: unknown[] = [];
  const untilRefused = async (write: (n: number) => Promise<unknown>) => {
    for (let n = 0; n < 500; n++) {
      try {
        await write(n);
      } catch (error) {
        refusals.push(error);
        return;
      }
    }
  };
  const single = (writer: number) =>
    untilRefused(async (n) => {
      const _id = `${run}-${writer}-${n}`;
      await db.collection<Thing>('things').insertOne({ _id, text: 'x'.repeat(5000) });
      acknowledged.push(_id);
    });
  const bulk = untilRefused(async (n) => {
    const docs = [0, 1, 2].map((i) => ({ _id: `${run}-bulk-${n}-${i}`, text: 'y'.repeat(2000) }));
    await db.collection<Thing>('things').insertMany(docs);
    acknowledged.push(...docs.map(({ _id }) => _id));
  });
  const transfer = untilRefused(async (n) => {
    const receipt = `${run}-${n}`;
    await client.withSession((session) =>
      session.withTransaction(async () => {
        const amount = n + 1;
        await db.collection('purses').updateOne({ _id: 'a' as never }, { $inc: { balance: -amount } }, { session });
        await db.collection('purses').updateOne({ _id: 'b' as never }, { $inc: { balance: amount } }, { session });
        await db.collection<Receipt>('receipts').insertOne({ _id: receipt, amount }, { session });
      }),
    );
    receipts.push(receipt);
  });
  await Promise.all([single(1), single(2), bulk, transfer]);
  return { acknowledged, receipts, refusals };
}

const sorted = (list: readonly string[]) => [...list].sort();

async function state(client: MongoClient) {
  const db = client.db('d');
  const ids = async (name: string) =>
    sorted((await db.collection(name).find().project({ _id: 1 }).toArray()).map(({ _id }) => String(_id)));
  const receipts = await db.collection<Receipt>('receipts').find().toArray();
  const moved = receipts.reduce((sum, { amount }) => sum + amount, 0);
  const purses = await db.collection<{ _id: string; balance: number }>('purses').find().sort({ _id: 1 }).toArray();
  return {
    things: await ids('things'),
    receipts: await ids('receipts'),
    balances: purses.map(({ balance }) => balance),
    expectedBalances: [-moved, moved],
  };
}

/** The rule itself, for a disk that is full and one that gets room again. Gives the codes of the refusals. */
async function fullDisk(start: () => Promise<ServerProcess>, makeRoom: (server: ServerProcess) => void) {
  let server = await start();
  let client = await new MongoClient(server.uri).connect();
  const check = async (things: readonly string[], receipts: readonly string[]) => {
    const { balances, expectedBalances, ...found } = await state(client);
    expect(found).toEqual({ things: sorted(things), receipts: sorted(receipts) });
    expect(balances).toEqual(expectedBalances);
  };
  try {
    await client
      .db('d')
      .collection<{ _id: string; balance: number }>('purses')
      .insertMany([
        { _id: 'a', balance: 0 },
        { _id: 'b', balance: 0 },
      ]);
    const full = await fill(client, 'full');
    expect(full.acknowledged.length).toBeGreaterThan(10);
    // reading goes on and shows nothing that was refused
    await check(full.acknowledged, full.receipts);

    makeRoom(server);
    const again = await fill(client, 'again');
    expect(again.acknowledged.length).toBeGreaterThan(10);
    expect(again.receipts.length).toBeGreaterThan(0);
    await check([...full.acknowledged, ...again.acknowledged], [...full.receipts, ...again.receipts]);

    await server.kill();
    await client.close(true);
    server = await start();
    client = await new MongoClient(server.uri).connect();
    await check([...full.acknowledged, ...again.acknowledged], [...full.receipts, ...again.receipts]);
    return full.refusals.map((refusal) => (refusal instanceof MongoServerError ? refusal.code : refusal));
  } finally {
    await client.close(true);
    await server.kill();
  }
}

describe('a full disk refuses writes, loses nothing acknowledged, still reads, and is written again when there is room', () => {
  const mount = mkdtempSync(join(tmpdir(), 'mongo-full-'));
  const disk = join(mount, 'disk');
  mkdirSync(disk);
  const mounted = possible('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk]);
  afterAll(() => {
    if (mounted) execFileSync('umount', [disk]);
    rmSync(mount, { recursive: true, force: true });
  });

  /** A machine on which a way to fill a disk is not to be had says so, and the others are shown. */
  const shownIf = async (can: boolean, way: string, show: () => Promise<unknown>): Promise<unknown> => {
    if (can) return show();
    process.stdout.write(`full disk: ${way} is not possible here, so this is not shown\n`);
    return outOfDiskSpace;
  };
  const onSmallDisk = (name: string, options: readonly string[]) =>
    shownIf(mounted, 'mount', async () => {
      const ballast = join(disk, 'ballast');
      writeFileSync(ballast, Buffer.alloc(500_000));
      const dataDir = join(disk, name);
      const codes = await fullDisk(
        () => startServerProcess(dataDir, options),
        () => rmSync(ballast),
      );
      rmSync(dataDir, { recursive: true });
      return codes;
    });
  const withLimit = () =>
    shownIf(possible('prlimit', ['--version']), 'prlimit', () =>
      fullDisk(
        () => startServerProcess(join(mount, 'limited'), [], ['prlimit', '--fsize=300000:unlimited']),
        ({ process: { pid } }) => execFileSync('prlimit', [`--pid=${pid}`, '--fsize=700000:unlimited']),
      ),
    );

  it('a small disk', async () => {
    expect(await onSmallDisk('plain', [])).toEqual(outOfDiskSpace);
  }, 60_000);

  it('a small disk, while files are being rewritten', async () => {
    expect(await onSmallDisk('compacting', ['--compact-above', '50000'])).toEqual(outOfDiskSpace);
  }, 60_000);

  it('a limit of the size of files, which needs no rights', async () => {
    expect(await withLimit()).toEqual(outOfDiskSpace);
  }, 60_000);
});
