import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { Bulks, type Load, SingleWrites, Transfers } from './mongo-crash-load.js';
import { type ServerProcess, spawnServer, startServerProcess } from './mongo-server-process.js';

/** mulberry32: the same moments for the same seed. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const rounds = Number(process.env['MONGO_CRASH_ROUNDS'] ?? 5);
const seed = Number(process.env['MONGO_CRASH_SEED'] ?? 20_251);

/** A client that does not look long for a server which is dead, but waits for one that is slow to greet. */
async function connected(uri: string, attempts = 10): Promise<MongoClient> {
  const client = new MongoClient(uri, { serverSelectionTimeoutMS: 700 });
  try {
    return await client.connect();
  } catch (error) {
    await client.close(true);
    if (attempts === 0) throw error;
    return connected(uri, attempts - 1);
  }
}

describe('kill -9', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'mongo-crash-'));
  let server: ServerProcess | undefined;
  let client: MongoClient | undefined;
  afterAll(async () => {
    await client?.close(true);
    await server?.kill();
    rmSync(dataDir, { recursive: true, force: true });
  });

  it(
    `loses nothing acknowledged and leaves nothing half done in ${rounds} rounds (seed ${seed}), and the server always starts again`,
    async () => {
      const random = seeded(seed);
      const transfers = new Transfers(random);
      const loads: Load[] = [new SingleWrites(random), transfers, new Bulks(random)];
      let slowest = 0;
      let killedWhileStarting = 0;

      const open = async (): Promise<ServerProcess> => {
        const began = performance.now();
        // compacts all the time, so that kills also hit the change of files
        server = await startServerProcess(dataDir, ['--compact-above', '20000']);
        slowest = Math.max(slowest, performance.now() - began);
        client = await connected(server.uri);
        for (const load of loads) await load.verify(client.db('bank'));
        return server;
      };

      for (let round = 0; round < rounds; round++) {
        if (random() < 0.2) {
          const starting = spawnServer(dataDir);
          await new Promise((resolve) => setTimeout(resolve, random() * 600));
          await starting.kill();
          killedWhileStarting++;
        }
        const running = await open();
        let stopped = false;
        const working = Promise.allSettled(
          loads.map(async (load) => client && (await load.work(client, () => stopped))),
        );
        await new Promise((resolve) => setTimeout(resolve, 50 + random() * 500));
        await running.kill();
        stopped = true;
        await client?.close(true);
        for (const result of await working)
          if (result.status === 'rejected' && /snapshot/.test(String(result.reason))) throw result.reason;
      }

      await open();
      const acknowledged = loads.map((load) => load.acknowledged);
      process.stdout.write(
        `kill -9: ${rounds} rounds (${killedWhileStarting} more while starting), acknowledged: ${acknowledged[0]} single writes, ` +
          `${acknowledged[1]} transactions (${transfers.conflicts} tried again), ${acknowledged[2]} bulks; slowest start ${Math.round(slowest)} ms\n`,
      );
      for (const count of acknowledged) expect(count).toBeGreaterThan(0);
    },
    60_000 + rounds * 8000,
  );
});
