import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { anEvent, eventually } from '../src/bus.contract.js';
import { RabbitBus, type RabbitOptions } from '../src/rabbit.js';
import { type ScratchRabbit, mayStartRabbit, startScratchRabbit } from '../src/scratch-rabbit.js';
import { FaultProxy } from './fault-proxy.js';

const published = 'testing.published.v1';
const long = Boolean(process.env['LYCEUM_LONG_TESTS']);
const outageMs = long ? 60_000 : 3_000;
const megabyte = 1024 * 1024;

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');
/** What this process holds, less what it has only not thrown away yet. */
function inUse(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

if (!mayStartRabbit()) test('RabbitMQ: no rabbitmq-server; not run', () => expect(mayStartRabbit()).toBe(false));
else
  describe('a broker in trouble', () => {
    let server: ScratchRabbit;
    let proxy: FaultProxy;
    const buses: RabbitBus[] = [];
    beforeAll(async () => {
      server = await startScratchRabbit();
    }, 120_000);
    afterAll(() => server.stop());
    beforeEach(async () => {
      proxy = await FaultProxy.start(server.url);
    });
    afterEach(async () => {
      await Promise.all(buses.splice(0).map((bus) => bus.close()));
      await proxy.stop();
    });

    async function consuming(options: Partial<RabbitOptions> = {}) {
      const namespace = `${randomUUID().slice(0, 8)}.`;
      const bus = new RabbitBus({ url: proxy.url, namespace, retryDelays: [50], reconnectMs: 200, ...options });
      buses.push(bus);
      await bus.start();
      const got = new Set<string>();
      const handle = async ({ event, attempt }: { event: { id: string; data?: unknown }; attempt: number }) => {
        if (event.data === 'fails at first' && attempt < 4) throw new Error('no');
        if (event.data === 'fails') throw new Error('no');
        got.add(event.id);
      };
      const consumer = await bus.subscribe({ service: 'catalog', types: [published], prefetch: 100, handle });
      return { bus, got, consumer };
    }

    test('all is declared once at start: neither a publish nor a retry nor a dead letter declares anything', async () => {
      const { bus, got } = await consuming();
      const { declared } = proxy;
      expect(declared).toBeGreaterThan(4);
      const events = ['done', 'fails at first', 'fails'].map((data) => anEvent(published, data));
      await bus.publish(events);
      await bus.publishTo('catalog', [anEvent(published)]);
      await eventually(() => expect(got.size).toBe(3));
      await eventually(async () => expect(proxy.declared).toBe(declared));
      await delay(0);
      expect(proxy.declared).toBe(declared);
    });

    test('while it is away nobody runs in circles, every publish says so in time, and afterwards all goes on', async () => {
      const { bus, got } = await consuming({ confirmTimeoutMs: 500 });
      await server.kill();
      await eventually(() => expect(bus.isReady()).toBe(false));
      const opened = proxy.opened;
      const cpu = process.cpuUsage();
      const end = Date.now() + outageMs;
      let refused = 0;
      for (const began = Date.now(); Date.now() < end;) {
        const asked = Date.now();
        await expect(bus.publish([anEvent(published)])).rejects.toThrow('could not be reached');
        expect(Date.now() - asked).toBeLessThan(5_000);
        refused += 1;
        expect(refused).toBeLessThanOrEqual((Date.now() - began) / 400 + 1); // each waits for its time limit
      }
      const { user, system } = process.cpuUsage(cpu);
      expect((user + system) / 1_000).toBeLessThan(outageMs / 3);
      // two connections, each of which is tried again after its pause
      expect(proxy.opened - opened).toBeLessThanOrEqual(2 * (outageMs / 200 + 5));
      expect(proxy.opened).toBeGreaterThan(opened);
      await server.restart();
      await eventually(() => expect(bus.isReady()).toBe(true), 30_000);
      const event = anEvent(published);
      await eventually(() => bus.publish([event]), 30_000);
      await eventually(() => expect(got).toContain(event.id), 30_000);
    }, 240_000);

    test('when it stops reading without a word, what waits in this process is bounded', async () => {
      const { bus, got } = await consuming({ confirmTimeoutMs: 200 });
      const events = Array.from({ length: 100 }, () => anEvent(published, 'x'.repeat(20_000)));
      await bus.publish(events.slice(0, 1));
      await eventually(() => expect(got.size).toBe(1));
      const before = inUse();
      server.freeze();
      try {
        for (let round = 0; round < 20; round += 1) {
          const callers = Array.from({ length: 5 }, () => bus.publish(events));
          for (const { status } of await Promise.allSettled(callers)) expect(status).toBe('rejected');
        }
        // it was asked to send 200 MB
        expect(inUse() - before).toBeLessThan(100 * megabyte);
      } finally {
        server.thaw();
      }
      await eventually(() => bus.publish(events), 30_000);
      await eventually(() => expect(got.size).toBe(events.length), 30_000);
    }, 120_000);

    test('while it is short of memory publishes end in time, this process does not grow, and afterwards all is drained', async () => {
      const { bus, got, consumer } = await consuming({ confirmTimeoutMs: 500 });
      const events = Array.from({ length: 200 }, () => anEvent(published, 'x'.repeat(2_000)));
      await bus.publish(events.slice(0, 1));
      await eventually(() => expect(got.size).toBe(1));
      await server.control('set_vm_memory_high_watermark', '0.00001');
      const before = inUse();
      const attempts = () =>
        Promise.all(Array.from({ length: 20 }, () => bus.publish(events).then(() => 'arrived', String)));
      // the broker says it when it meets the next message; until then it only stops reading
      await eventually(async () => expect((await attempts()).join('\n')).toContain('blocked'), 60_000);
      expect(bus.isReady()).toBe(false);
      for (const end = Date.now() + outageMs; Date.now() < end;)
        expect(new Set(await attempts())).toEqual(new Set([expect.stringContaining('blocked')]));
      expect(inUse() - before).toBeLessThan(100 * megabyte);
      await server.control('set_vm_memory_high_watermark', '0.4');
      await eventually(() => bus.publish(events), 30_000);
      await eventually(() => expect(got.size).toBe(events.length), 30_000);
      await consumer.stop();
    }, 240_000);
  });
