import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { type ServerProcess, startServerProcess } from './mongo-server-process.js';

/** mulberry32: the same moments for the same seed. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

interface Account {
  _id: number;
  version: number;
  entries: number[];
  email: string;
}

/** What is known about one document: the last acknowledged version and the one that was being written. */
interface Known {
  acknowledged: number;
  attempted: number;
}

const rounds = Number(process.env['MONGO_CRASH_ROUNDS'] ?? 10);
const seed = Number(process.env['MONGO_CRASH_SEED'] ?? 20_251);
const writers = 8;

describe('kill -9', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'mongo-crash-'));
  let server: ServerProcess | undefined;
  let client: MongoClient | undefined;
  afterAll(async () => {
    await client?.close(true);
    await server?.kill();
    rmSync(dataDir, { recursive: true, force: true });
  });

  it(`loses no acknowledged write in ${rounds} rounds (seed ${seed}), and the server always starts again`, async () => {
    const next = random(seed);
    const known = new Map<number, Known>();
    let counter = 0;
    let reopening = 0;

    for (let round = 0; round < rounds; round++) {
      const started = performance.now();
      // compacts all the time, so that kills also hit the change of files
      const running = await startServerProcess(dataDir, ['--compact-above', '20000']);
      server = running;
      reopening = Math.max(reopening, performance.now() - started);
      client = await new MongoClient(running.uri, { serverSelectionTimeoutMS: 5000 }).connect();
      const accounts = client.db('bank').collection<Account>('accounts');
      await accounts.createIndex({ email: 1 }, { unique: true });
      await verify(await accounts.find().toArray(), known);

      let stopped = false;
      const write = async (writer: number) => {
        const mine = [...known.keys()].filter((id) => id % writers === writer);
        while (!stopped) {
          const old = mine[Math.floor(next() * mine.length)];
          if (old === undefined || next() < 0.2) {
            const id = ++counter * writers + writer;
            known.set(id, { acknowledged: 0, attempted: 1 });
            mine.push(id);
            await accounts.insertOne({ _id: id, version: 1, entries: [1], email: `${id}@x` });
            known.set(id, { acknowledged: 1, attempted: 1 });
          } else {
            const before = known.get(old);
            if (!before || before.acknowledged !== before.attempted) continue;
            const version = before.acknowledged;
            known.set(old, { acknowledged: version, attempted: version + 1 });
            await accounts.updateOne({ _id: old, version }, { $inc: { version: 1 }, $push: { entries: version + 1 } });
            known.set(old, { acknowledged: version + 1, attempted: version + 1 });
          }
        }
      };
      const writing = Promise.allSettled(Array.from({ length: writers }, (_, writer) => write(writer)));
      await new Promise((resolve) => setTimeout(resolve, 50 + next() * 400));
      stopped = next() < 0.2;
      await running.kill();
      stopped = true;
      await client.close(true);
      await writing;
    }

    server = await startServerProcess(dataDir);
    client = await new MongoClient(server.uri).connect();
    const found = await client.db('bank').collection<Account>('accounts').find().toArray();
    await client.close();
    await verify(found, known);
    const acknowledged = [...known.values()].reduce((sum, { acknowledged: n }) => sum + n, 0);
    process.stdout.write(
      `kill -9: ${rounds} rounds, ${acknowledged} acknowledged writes, ${found.length} documents, slowest start ${Math.round(reopening)} ms\n`,
    );
    expect(acknowledged).toBeGreaterThan(rounds * 20);
  }, 120_000);
});

/** Every acknowledged version is there, nothing is torn, and what was in flight is either there completely or not at all. */
async function verify(found: readonly Account[], known: Map<number, Known>): Promise<void> {
  const byId = new Map(found.map((doc) => [doc._id, doc]));
  for (const [id, { acknowledged, attempted }] of known) {
    const doc = byId.get(id);
    const version = doc?.version ?? 0;
    expect({ id, atLeast: version >= acknowledged, atMost: version <= attempted }).toEqual({
      id,
      atLeast: true,
      atMost: true,
    });
    expect(doc).toEqual(
      doc && {
        _id: id,
        version,
        entries: Array.from({ length: version }, (_, i) => i + 1),
        email: `${id}@x`,
      },
    );
    if (version === 0) known.delete(id);
    else known.set(id, { acknowledged: version, attempted: version });
  }
  expect(found.filter(({ _id }) => !known.has(_id))).toEqual([]);
}
