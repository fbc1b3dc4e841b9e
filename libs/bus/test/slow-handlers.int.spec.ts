import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { anEvent, eventually, idsOf } from '../src/bus.contract.js';
import { lanesOf } from '../src/rabbit/topology.js';
import { type Scratch, broker, onChannel, scratch, withRabbit } from './scratch.js';

const published = 'testing.published.v1';
const long = Boolean(process.env['LYCEUM_LONG_TESTS']);
const backlog = long ? 100_000 : 10_000;
const frozenMs = long ? 60_000 : 3_000;
const handlerTimeoutMs = 1_000;
const retryDelays = [200, 400];
const lanes = retryDelays.flatMap(lanesOf);

withRabbit(() => {
  let place: Scratch;
  beforeEach(async () => {
    place = await scratch({ retryDelays, handlerTimeoutMs: 20_000, confirmTimeoutMs: 60_000 });
  });
  afterEach(() => place.dispose());

  const lengthOf = (queue: string) =>
    onChannel(async (channel) => (await channel.checkQueue(`${place.namespace}${queue}`)).messageCount);

  test(`a slow handler with ${backlog} messages waiting takes no more of them than its prefetch`, async () => {
    const bus = await place.connect();
    const first = await bus.subscribe({ service: 'catalog', types: [published], handle: async () => {} });
    await first.stop();
    for (let at = 0; at < backlog; at += 1_000)
      await bus.publish(Array.from({ length: 1_000 }, () => anEvent(published, 'x'.repeat(500))));
    const gate = Promise.withResolvers<void>();
    let [underWay, most, done] = [0, 0, 0];
    await bus.subscribe({
      service: 'catalog',
      types: [published],
      prefetch: 20,
      handle: async () => {
        underWay += 1;
        most = Math.max(most, underWay);
        await gate.promise;
        await delay(1);
        underWay -= 1;
        done += 1;
      },
    });
    await eventually(async () => expect([underWay, await lengthOf('catalog')]).toEqual([20, backlog - 20]));
    gate.resolve();
    await eventually(() => expect(done).toBe(backlog), 300_000);
    expect(most).toBe(20);
  }, 400_000);

  test(`an instance that stands still for ${frozenMs} ms and goes on again loses nothing and does nothing twice`, async () => {
    const directory = await mkdtemp(join(tmpdir(), 'bus-effects-'));
    const root = join(__dirname, '../../..');
    const instance = async () => {
      const args = [(await broker()).url, place.namespace, directory, String(handlerTimeoutMs), retryDelays.join()];
      const execArgv = ['--import', pathToFileURL(join(root, 'tools/ts.mjs')).href, '--conditions=@lyceum/source'];
      const child = fork(join(__dirname, 'consumer-process.ts'), args, { execArgv, cwd: root });
      await once(child, 'message');
      return child;
    };
    const children = [await instance(), await instance()];
    try {
      const bus = await place.connect();
      const events = Array.from({ length: 400 }, () => anEvent(published));
      const effects = async () => (await readdir(directory)).filter((name) => name !== 'attempts');
      await bus.publish(events);
      await eventually(async () => expect((await effects()).length).toBeGreaterThan(20));
      children[0]?.kill('SIGSTOP');
      // what the frozen one holds waits for it, or for its connection's end; the rest goes on
      await eventually(async () => expect((await effects()).length).toBeGreaterThanOrEqual(400 - 5), 30_000);
      await delay(frozenMs);
      children[0]?.kill('SIGCONT');
      await eventually(async () => expect((await effects()).sort()).toEqual(idsOf(events).sort()), 30_000);
      await eventually(async () => {
        for (const queue of ['', ...lanes.map((ms) => `.retry.${ms}`)])
          expect(await lengthOf(`catalog${queue}`)).toBe(0);
      });
      expect(await bus.countDead('catalog')).toBe(0);
      const attempts = (await readFile(join(directory, 'attempts'), 'utf8')).trim().split('\n');
      expect(attempts.length).toBeLessThanOrEqual(400 + 5 * 3); // what was under way when it froze, again
    } finally {
      for (const child of children) child.kill('SIGKILL');
      await rm(directory, { recursive: true, force: true });
    }
  }, 200_000);
});
