import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { dropTopologyForTests, findRabbit, mayFindRabbit } from '@lyceum/bus/testing';
import { startMongo } from '@lyceum/embedded/mongo';
import mongoose from 'mongoose';
import { eventually } from './bench.js';

const long = Boolean(process.env['LYCEUM_LONG_TESTS']);
const [keys, rounds, kills] = long ? [50, 200, 20] : [12, 25, 4];
const root = join(__dirname, '../../..');

/** The first thing that was given to the broker before what precedes it was confirmed. */
function overtaking(trace: string): string | undefined {
  const confirmed = new Map<string, number>();
  for (const line of trace.split('\n').filter(Boolean)) {
    const [what, subject = '', version] = line.split(' ');
    const before = confirmed.get(subject) ?? 0;
    if (what === 'confirmed') confirmed.set(subject, Math.max(before, Number(version)));
    else if (Number(version) > before + 1) return `${line} while ${before} was the last that was confirmed`;
  }
  return undefined;
}

describe('three instances that are killed again and again', () => {
  if (!mayFindRabbit()) {
    it('RabbitMQ: none found; not run (set AMQP_URL)', () => expect(mayFindRabbit()).toBe(false));
    return;
  }

  it(`publish the events of ${keys} aggregates in order, each after the one before was confirmed, and apply them so`, async () => {
    const rabbit = await findRabbit();
    if (!rabbit) throw new Error('RabbitMQ: something seemed to be there, but it does not answer');
    const given = process.env['MONGODB_URI'];
    const mongo = given ? undefined : await startMongo({ fsync: 'batch' });
    const directory = mkdtempSync(join(tmpdir(), 'order-'));
    const settings = {
      uri: given ?? mongo?.uri ?? '',
      name: `order_${randomBytes(5).toString('hex')}`,
      amqp: rabbit.url,
      namespace: `order-${randomBytes(4).toString('hex')}.`,
      trace: join(directory, 'trace'),
      keys,
      rounds,
    };
    const instances: ChildProcess[] = [];
    const start = async (place: number): Promise<void> => {
      const child = spawn(
        process.execPath,
        [
          '--conditions=@lyceum/source',
          '--import',
          join(root, 'tools/ts.mjs'),
          join(__dirname, 'order/instance.ts'),
          JSON.stringify(settings),
        ],
        { stdio: ['ignore', 'pipe', 'inherit'] },
      );
      instances[place] = child;
      await once(child.stdout, 'data', { signal: AbortSignal.timeout(60_000) });
    };
    const client = await mongoose.mongo.MongoClient.connect(settings.uri);
    const db = client.db(settings.name);
    const counts = async (collection: string): Promise<Map<string, number>> => {
      const found = await db.collection<{ _id: string; count: number }>(collection).find().toArray();
      return new Map(found.map(({ _id, count }) => [_id, count]));
    };
    const falls: string[] = [];
    let over = false;
    const watch = async (): Promise<void> => {
      let last = new Map<string, number>();
      while (!over) {
        const now = await counts('copies');
        for (const [key, count] of last) if ((now.get(key) ?? 0) < count) falls.push(key);
        last = now;
        await pause(20);
      }
    };
    try {
      await Promise.all([0, 1, 2].map(start));
      const watching = watch();
      for (let kill = 0; kill < kills; kill += 1) {
        const applied = [...(await counts('copies')).values()].reduce((sum, count) => sum + count, 0);
        // not by the clock: each kill comes when something has been done since the one before
        await eventually(async () => {
          const now = [...(await counts('copies')).values()].reduce((sum, count) => sum + count, 0);
          expect(now).toBeGreaterThan(Math.min(applied + keys, keys * rounds - 1));
        }, 60_000);
        const victim = instances[kill % 3];
        victim?.kill('SIGKILL');
        await start(kill % 3);
      }
      const lastKill = Date.now();
      const all = new Map(Array.from({ length: keys }, (_, index) => [`key-${index}`, rounds]));
      await eventually(async () => expect(await counts('tallies')).toEqual(all), 120_000);
      const pending = { pendingSince: { $exists: true } };
      await eventually(async () => expect(await db.collection('tallies').countDocuments(pending)).toBe(0), 60_000);
      const takenOverWithin = Date.now() - lastKill;
      await eventually(async () => expect(await counts('copies')).toEqual(all), 60_000);
      over = true;
      await watching;
      expect(falls).toEqual([]);
      const trace = readFileSync(settings.trace, 'utf8');
      expect(overtaking(trace)).toBeUndefined();
      const published = new Set(trace.split('\n').filter((line) => line.startsWith('confirmed')));
      expect(published.size).toBe(keys * rounds);
      expect(takenOverWithin).toBeLessThan(long ? 180_000 : 30_000); // the long form still has much to write then
    } finally {
      over = true;
      for (const each of instances) each.kill('SIGKILL');
      await db.dropDatabase();
      await client.close();
      await mongo?.close();
      await dropTopologyForTests(settings.amqp, settings.namespace, ['tally']);
      await rabbit.stop();
      rmSync(directory, { recursive: true });
    }
  }, 400_000);
});
