import { lectureCompleted } from '@lyceum/contracts';
import { Metrics, createLog } from '@lyceum/telemetry';
import { connect } from 'amqplib';
import { PassThrough } from 'node:stream';
import { anEvent, eventually } from '../src/bus.contract.js';
import type { Delivery } from '../src/bus.js';
import { ContractBroken } from '../src/failure.js';
import { Unroutable } from '../src/unroutable.js';
import { FaultProxy } from './fault-proxy.js';
import { type Scratch, broker, onChannel, scratch, withRabbit } from './scratch.js';

const published = 'testing.published.v1';
const added = 'testing.added.v1';
const ignore = async () => {};
const refuse = async () => {
  throw new ContractBroken('long '.repeat(2_000));
};

function recordingLog() {
  const lines: string[] = [];
  const stream = new PassThrough().on('data', (line) => lines.push(String(line)));
  return { lines, log: createLog({ service: 'testing', level: 'info', format: 'json', stream }) };
}

withRabbit(() => {
  let place: Scratch;
  const proxies: FaultProxy[] = [];
  beforeEach(async () => {
    place = await scratch();
  });
  afterEach(async () => {
    await place.dispose();
    await Promise.all(proxies.splice(0).map((proxy) => proxy.stop()));
  });
  async function proxied(port?: number): Promise<FaultProxy> {
    const proxy = await FaultProxy.start((await broker()).url, port);
    proxies.push(proxy);
    return proxy;
  }

  async function consuming(fail?: (delivery: Delivery) => Error | undefined) {
    const bus = place.bus();
    await bus.start();
    const got: Delivery[] = [];
    await bus.subscribe({
      service: 'catalog',
      types: [published],
      handle: async (delivery) => {
        got.push(delivery);
        const error = fail?.(delivery);
        if (error) throw error;
      },
    });
    return { bus, got, queue: `${place.namespace}catalog` };
  }

  describe('the network breaks', () => {
    test.each(['quorum', 'classic'] as const)(
      'again and again during 500 publishes and their deliveries, and nothing is lost: %s queues',
      async (queues) => {
        const proxy = await proxied();
        const bus = place.bus({ url: proxy.url, queues, confirmTimeoutMs: 20_000 });
        await bus.start();
        const handled = new Map<string, number>();
        let cuts = 0;
        await bus.subscribe({
          service: 'catalog',
          types: [published],
          handle: async ({ event, attempt }) => {
            const first = !handled.has(event.id);
            handled.set(event.id, (handled.get(event.id) ?? 0) + 1);
            if (first && handled.size % 50 === 0) {
              proxy.cut(); // under the feet of consumer and publisher
              cuts += 1;
            }
            if (attempt <= 3 && handled.size % 7 === 0) throw new Error('fails at times');
          },
        });
        const events = Array.from({ length: 500 }, (_, n) => anEvent(published, { n }));
        for (let at = 0; at < events.length; at += 25) {
          const publishing = bus.publish(events.slice(at, at + 25));
          if (at % 100 === 0) {
            proxy.cut();
            cuts += 1;
          }
          await publishing;
        }
        await eventually(() => expect(handled.size).toBe(500), 30_000);
        expect(cuts).toBe(15);
        expect(await bus.deadLetters('catalog')).toEqual([]);
      },
      60_000,
    );

    test('a broker that is away at the start is waited for', async () => {
      const first = await proxied();
      const { port, url } = first;
      await first.stop();
      proxies.length = 0;
      const bus = place.bus({ url });
      const starting = bus.start();
      let started = false;
      void starting.then(() => (started = true));
      expect(bus.isReady()).toBe(false);
      await expect(bus.publish([anEvent(published)])).rejects.toThrow('not started');
      expect(started).toBe(false);
      await proxied(port);
      await starting;
      expect(bus.isReady()).toBe(true);
    });

    test('a broker that does not come fails the start, with a reason and without credentials', async () => {
      const bus = place.bus({ url: 'amqp://user:hunter2@127.0.0.1:1', startTimeoutMs: 300 });
      const failure = await bus.start().catch(String);
      expect(failure).toMatch(/could not be reached within 300 ms: .*ECONNREFUSED/);
      expect(failure).not.toContain('hunter2');
    });

    test('wrong credentials fail the start at once and are in no message', async () => {
      const { lines, log } = recordingLog();
      const url = new URL((await broker()).url);
      url.password = 'hunter2';
      const failure = await place.bus({ url: url.toString(), log }).start().catch(String);
      expect(failure).toContain('The broker refused');
      expect(failure).not.toContain('hunter2');
      expect(lines.join('')).not.toContain('hunter2');
    });

    test('while the broker is away a publish rejects in time, the bus is not ready, and later all goes on', async () => {
      const proxy = await proxied();
      const { port } = proxy;
      const bus = place.bus({ url: proxy.url, confirmTimeoutMs: 300 });
      await bus.start();
      const got: string[] = [];
      await bus.subscribe({
        service: 'catalog',
        types: [published],
        handle: async ({ event }) => void got.push(event.id),
      });
      await proxy.stop();
      proxies.length = 0;
      await eventually(() => expect(bus.isReady()).toBe(false));
      const began = Date.now();
      await expect(bus.publish([anEvent(published)])).rejects.toThrow('could not be reached within');
      expect(Date.now() - began).toBeLessThan(2_000);
      await proxied(port);
      await eventually(() => expect(bus.isReady()).toBe(true));
      const event = anEvent(published);
      await bus.publish([event]);
      await eventually(() => expect(got).toContain(event.id));
    });

    test('a connection that has gone silent lets a publish wait no longer than its limit', async () => {
      const proxy = await proxied();
      const bus = place.bus({ url: proxy.url, confirmTimeoutMs: 300 });
      await bus.start();
      proxy.freeze();
      await expect(bus.publish([anEvent(published)])).rejects.toThrow('confirmed nothing within 300 ms');
    });

    test('while the broker is short of memory nothing is sent, and the rejection says why', async () => {
      const proxy = await proxied();
      const bus = place.bus({ url: proxy.url, confirmTimeoutMs: 300 });
      await bus.start();
      proxy.say('blocked');
      await eventually(() => expect(bus.isReady()).toBe(false));
      await expect(bus.publish([anEvent(published)])).rejects.toThrow('blocked): low on memory');
      const waiting = bus.publish([anEvent(lectureCompleted.type)]);
      proxy.say('unblocked');
      await expect(waiting).resolves.toBeUndefined();
      expect(bus.isReady()).toBe(true);
    });

    test('a failed event whose copy cannot be stored stays in its queue', async () => {
      const proxy = await proxied();
      const bus = place.bus({ url: proxy.url, confirmTimeoutMs: 200 });
      await bus.start();
      const gate = Promise.withResolvers<void>();
      const began: string[] = [];
      await bus.subscribe({
        service: 'catalog',
        types: [published],
        handle: async ({ event }) => {
          began.push(event.id);
          await gate.promise;
          throw new Error('no');
        },
      });
      const event = anEvent(published);
      await bus.publish([event]);
      await eventually(() => expect(began).toEqual([event.id]));
      proxy.say('blocked');
      await eventually(() => expect(bus.isReady()).toBe(false));
      gate.resolve();
      await bus.close();
      const next = place.bus();
      await next.start();
      const got: string[] = [];
      await next.subscribe({
        service: 'catalog',
        types: [published],
        handle: async (each) => void got.push(each.event.id),
      });
      await eventually(() => expect(got).toEqual([event.id]));
    });

    test('closing while the broker is away ends', async () => {
      const proxy = await proxied();
      const bus = place.bus({ url: proxy.url, confirmTimeoutMs: 300 });
      await bus.start();
      await bus.subscribe({ service: 'catalog', types: [published], handle: async () => {} });
      await proxy.stop();
      proxies.length = 0;
      await eventually(() => expect(bus.isReady()).toBe(false));
      await expect(bus.close()).resolves.toBeUndefined();
    });
  });

  describe('somebody interferes at the broker', () => {
    test.each([
      ['no JSON', 'not json \u0000'],
      ['no event', '{"id":1}'],
    ])('a message that is %s is parked at once and shown as it is', async (_, raw) => {
      const { bus, got, queue } = await consuming();
      await onChannel(async (channel) => {
        channel.sendToQueue(queue, Buffer.from(raw), { messageId: 'odd' });
        await channel.checkQueue(queue); // it has arrived
      });
      await eventually(async () =>
        expect(await bus.deadLetters('catalog')).toMatchObject([
          {
            attempts: 1,
            event: { id: 'odd', type: 'malformed', data: raw },
            error: expect.stringContaining('ContractBroken'),
          },
        ]),
      );
      const event = anEvent(published);
      await bus.publish([event]);
      await eventually(() => expect(got.map((delivery) => delivery.event.id)).toEqual([event.id]));
    });

    test('a message that ended every process that took it is parked', async () => {
      const { bus, queue } = await consuming();
      await bus.close();
      const quiet = place.bus();
      await quiet.start();
      const event = anEvent(published);
      await quiet.publish([event]);
      for (let crashes = 0; crashes <= 21; crashes += 1) {
        const connection = await connect((await broker()).url);
        const channel = await connection.createChannel();
        const taken = Promise.withResolvers<unknown>();
        await channel.consume(queue, taken.resolve);
        await taken.promise;
        await connection.close();
      }
      const got: string[] = [];
      await quiet.subscribe({
        service: 'catalog',
        types: [published],
        handle: async (each) => void got.push(each.event.id),
      });
      await eventually(async () => expect(await quiet.deadLetters('catalog')).toMatchObject([{ event, attempts: 1 }]));
      expect((await quiet.deadLetters('catalog'))[0]?.error).toContain('times without an answer');
      expect(got).toEqual([]);
    });

    test('a deleted queue is declared again and its consumer goes on', async () => {
      const { bus, got, queue } = await consuming();
      await onChannel((channel) => channel.deleteQueue(queue));
      await eventually(async () => {
        const event = anEvent(published);
        await bus.publish([event]);
        await eventually(() => expect(got.map((delivery) => delivery.event.id)).toContain(event.id), 200);
      });
    });

    test('a deleted exchange is declared again, and publishing goes on', async () => {
      const bus = place.bus();
      await bus.start();
      await onChannel((channel) => channel.deleteExchange(`${place.namespace}lyceum.events`));
      await expect(bus.publish([anEvent(lectureCompleted.type)])).resolves.toBeUndefined();
      await onChannel((channel) => channel.checkExchange(`${place.namespace}lyceum.events`));
    });

    test('a queue of the same name with other properties refuses the subscription at once and says why', async () => {
      const { bus } = await consuming();
      await bus.close();
      const other = place.bus({ queues: 'classic' });
      await other.start();
      const began = Date.now();
      const subscribing = other.subscribe({ service: 'catalog', types: [published], handle: async () => {} });
      await expect(subscribing).rejects.toThrow(/PRECONDITION.FAILED.*catalog/);
      expect(Date.now() - began).toBeLessThan(2_000);
    });
  });

  test('a deleted exchange is bound again by those who listen, also in other processes', async () => {
    const [publisher, catalog] = [place.bus(), place.bus({ lookMs: 50 })];
    await publisher.start();
    await catalog.start();
    const got: string[] = [];
    const handle = async ({ event }: Delivery) => void got.push(event.id);
    await catalog.subscribe({ service: 'catalog', types: [published], handle });
    await onChannel((channel) => channel.deleteExchange(`${place.namespace}lyceum.events`));
    const event = anEvent(published);
    await eventually(() => publisher.publish([event])); // until then it would stay in the outbox
    await eventually(() => expect(got).toContain(event.id));
  });

  describe('a rolling update', () => {
    test('an older instance does not unbind what a newer one listens to', async () => {
      const [newer, older] = [place.bus(), place.bus()];
      await newer.start();
      await older.start();
      const got: string[] = [];
      await newer.subscribe({
        service: 'catalog',
        types: [published, added],
        handle: async (each) => void got.push(each.event.type),
      });
      const old = await older.subscribe({ service: 'catalog', types: [published], handle: ignore });
      await old.stop();
      await newer.publish([anEvent(added)]);
      await eventually(() => expect(got).toEqual([added]));
    });

    test('the next start on its own unbinds what nobody listens to any more', async () => {
      const bus = place.bus();
      await bus.start();
      const first = await bus.subscribe({ service: 'catalog', types: [published, added], handle: ignore });
      const second = await bus.subscribe({ service: 'catalog', types: [published], handle: ignore });
      await first.stop();
      await second.stop();
      const got: string[] = [];
      await bus.subscribe({
        service: 'catalog',
        types: [published],
        handle: async (each) => void got.push(each.event.type),
      });
      await expect(bus.publish([anEvent(added), anEvent(published)])).rejects.toThrow(Unroutable);
      await eventually(() => expect(got).toEqual([published]));
    });
  });

  describe('what is seen from outside', () => {
    test('a message is a persistent CloudEvent with its trace, and a parked one says what happened to it', async () => {
      const bus = place.bus();
      await bus.start();
      const consumer = await bus.subscribe({ service: 'catalog', types: [published], handle: refuse });
      const event = anEvent(published);
      await bus.publish([event]);
      await eventually(async () => expect(await bus.deadLetters('catalog')).toHaveLength(1));
      await consumer.stop();
      await bus.publish([event]);
      const take = (queue: string) => onChannel((channel) => channel.get(`${place.namespace}${queue}`));
      const [fresh, dead] = [await take('catalog'), await take('catalog.dead')];
      if (!fresh || !dead) throw new Error('a message is missing');
      for (const { content, properties } of [fresh, dead]) {
        expect(JSON.parse(content.toString())).toEqual(event);
        expect(properties).toMatchObject({
          contentType: 'application/cloudevents+json',
          deliveryMode: 2,
          messageId: event.id,
          type: published,
          headers: { traceparent: event.traceparent },
        });
      }
      expect(dead.properties.headers).toMatchObject({
        'lyceum-attempts': 1,
        'lyceum-error': expect.stringContaining('ContractBroken: long'),
        'lyceum-stack': expect.stringContaining('rabbit-faults'),
        'lyceum-first-failed-at': expect.stringMatching(/^20/),
        'lyceum-last-failed-at': expect.stringMatching(/^20/),
      });
      expect(JSON.stringify(dead.properties.headers).length).toBeLessThan(6_000);
    });

    test('the metrics of a service tell how many dead letters it has and whether its bus is ready', async () => {
      const metrics = new Metrics('catalog', { processMetrics: false });
      const bus = place.bus({ metrics, lookMs: 50 });
      await bus.start();
      await bus.subscribe({ service: 'catalog', types: [published], handle: refuse });
      const told = async (line: string) => expect(await metrics.registry.metrics()).toContain(line);
      await eventually(() => told('lyceum_dead_letters{service="catalog"} 0'));
      await bus.publish([anEvent(published), anEvent(published)]);
      await eventually(() => told('lyceum_dead_letters{service="catalog"} 2'));
      await told('lyceum_bus_ready{service="catalog"} 1');
      await bus.close();
      await told('lyceum_bus_ready{service="catalog"} 0');
    });

    test('an event that nobody listens to is counted each time and logged once', async () => {
      const { lines, log } = recordingLog();
      const metrics = new Metrics('testing', { processMetrics: false });
      const bus = place.bus({ log, metrics });
      await bus.start();
      await expect(bus.publish([anEvent(published), anEvent(published)])).rejects.toThrow(Unroutable);
      await expect(bus.publish([anEvent(published)])).rejects.toThrow(Unroutable);
      await bus.publish([anEvent(lectureCompleted.type)]);
      expect(await metrics.registry.metrics()).toMatch(
        /lyceum_events_unroutable_total\{type="testing.published.v1".*\} 3/,
      );
      expect(await metrics.registry.metrics()).not.toMatch(/unroutable_total\{type="progress/);
      expect(lines.filter((line) => line.includes('Nobody listens'))).toHaveLength(1);
    });
  });
});
