import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { type Envelope, lectureCompleted } from '@lyceum/contracts';
import type { Bus, Consumer, Delivery, Subscription } from './bus.js';
import { ContractBroken } from './failure.js';
import { Unroutable } from './unroutable.js';

/** What an implementation brings to run the suite. */
export interface BusUnderTest {
  /** A started connection to the one broker of the test: instances of services each have their own. */
  connect(): Promise<Bus>;
  /** Ends the broker's process and starts it again on what it has kept; undefined when it keeps nothing. */
  readonly restart?: () => Promise<void>;
  dispose(): Promise<void>;
}

/** Short, so that a test sees every retry; the last one's failure parks. */
export const contractDelays: readonly number[] = [20, 60];

/** Tries until `check` passes; throws its last error when that takes too long. */
export async function eventually(check: () => unknown, withinMs = 15_000): Promise<void> {
  const end = Date.now() + withinMs;
  for (;;) {
    try {
      await check();
      return;
    } catch (error) {
      if (Date.now() > end) throw error;
      await setTimeout(10);
    }
  }
}

let sequence = 0;
export function anEvent(type: string, data: unknown = {}, subject = 'course-1'): Envelope {
  sequence += 1;
  return {
    specversion: '1.0',
    id: randomUUID(),
    source: '/lyceum/testing',
    type,
    subject,
    time: new Date().toISOString(),
    datacontenttype: 'application/json',
    dataschema: `urn:lyceum:event:${type}`,
    aggregateversion: sequence,
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    data,
  };
}

export const published = 'testing.published.v1';
export const retired = 'testing.retired.v1';

/** Subscribes and collects; `fail` decides whether a delivery is refused. */
export async function listener(
  bus: Bus,
  service: string,
  options: Partial<Subscription> & { fail?: (delivery: Delivery) => Error | undefined } = {},
): Promise<{ got: Delivery[]; ids: () => string[]; consumer: Consumer }> {
  const got: Delivery[] = [];
  const { fail, ...rest } = options;
  const consumer = await bus.subscribe({
    service,
    types: [published],
    handle: async (delivery) => {
      got.push(delivery);
      const error = fail?.(delivery);
      if (error) throw error;
    },
    ...rest,
  });
  return { got, ids: () => got.map(({ event }) => event.id), consumer };
}
export const idsOf = (events: readonly Envelope[]) => events.map(({ id }) => id);

/** The rules that every message bus obeys. `make` builds a broker of its own for each test. */
export function busContract(name: string, { durable }: { durable: boolean }, make: () => Promise<BusUnderTest>): void {
  describe(`${name} obeys the message bus contract`, () => {
    let broker: BusUnderTest;
    beforeEach(async () => {
      broker = await make();
    });
    afterEach(() => broker.dispose());

    test('events arrive in the order in which their publisher published them', async () => {
      const bus = await broker.connect();
      const { ids } = await listener(bus, 'catalog');
      const events = Array.from({ length: 50 }, (_, n) => anEvent(published, { n }));
      await bus.publish(events.slice(0, 30));
      await bus.publish(events.slice(30));
      await eventually(() => expect(ids()).toEqual(idsOf(events)));
    });

    test('every service that listens to a type gets its own delivery, and no other service', async () => {
      const bus = await broker.connect();
      const catalog = await listener(bus, 'catalog');
      const notify = await listener(bus, 'notify', { types: [published, retired] });
      const media = await listener(bus, 'media', { types: [retired] });
      const events = [anEvent(published), anEvent(retired)];
      await bus.publish(events);
      await eventually(() => expect(notify.ids()).toEqual(idsOf(events)));
      await eventually(() => expect(catalog.ids()).toEqual(idsOf(events.slice(0, 1))));
      await eventually(() => expect(media.ids()).toEqual(idsOf(events.slice(1))));
    });

    test('a delivery is what crossed a wire: a copy that publisher and other subscribers cannot reach', async () => {
      const bus = await broker.connect();
      const first = await listener(bus, 'catalog');
      const second = await listener(bus, 'notify');
      const data = { tags: ['a'], gone: undefined, at: new Date(0) };
      const sent = anEvent(published, data);
      await bus.publish([sent]);
      data.tags.push('changed by the publisher');
      await eventually(() => expect(first.got.length + second.got.length).toBe(2));
      const crossed = { tags: ['a'], at: '1970-01-01T00:00:00.000Z' };
      expect(first.got[0]?.event).toEqual({ ...sent, data: crossed });
      Object.assign(first.got[0]?.event.data ?? {}, { tags: 'changed by a subscriber' });
      expect(second.got[0]?.event.data).toStrictEqual(crossed);
    });

    test('instances of one service share its queue: each event is handled by one of them', async () => {
      const [one, two] = [await broker.connect(), await broker.connect()];
      const gate = Promise.withResolvers<void>();
      const slow = (got: string[]) => async (delivery: Delivery) => {
        got.push(delivery.event.id);
        await gate.promise;
      };
      const [a, b]: [string[], string[]] = [[], []];
      await one.subscribe({ service: 'catalog', types: [published], prefetch: 3, handle: slow(a) });
      await two.subscribe({ service: 'catalog', types: [published], prefetch: 3, handle: slow(b) });
      const events = Array.from({ length: 20 }, () => anEvent(published));
      await one.publish(events);
      await eventually(() => expect([a.length, b.length]).toEqual([3, 3])); // and no more than their prefetch
      gate.resolve();
      await eventually(() => expect([...a, ...b].sort()).toEqual(idsOf(events).sort()));
    });

    test('a failed delivery comes again with a growing attempt until it succeeds', async () => {
      const bus = await broker.connect();
      const { got } = await listener(bus, 'catalog', {
        fail: ({ attempt }) => (attempt < 5 ? new Error('not yet') : undefined),
      });
      await bus.publish([anEvent(published)]);
      await eventually(() => expect(got.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4, 5]));
      expect(got.map(({ lastAttempt }) => lastAttempt)).toEqual([false, false, false, false, true]);
      expect(await bus.deadLetters('catalog')).toEqual([]);
    });

    test('three attempts follow each other at once; while the event waits for the others, the next is handled', async () => {
      const bus = await broker.connect();
      const [poison, healthy] = [anEvent(published), anEvent(published)];
      const at: number[] = [];
      const handled: string[] = [];
      await bus.subscribe({
        service: 'catalog',
        types: [published],
        prefetch: 1,
        handle: async ({ event }) => {
          handled.push(event.id === poison.id ? 'poison' : 'healthy');
          if (event.id !== poison.id) return;
          at.push(Date.now());
          throw new Error('no');
        },
      });
      await bus.publish([poison, healthy]);
      await eventually(() => expect(at).toHaveLength(5));
      expect(handled.slice(0, 3)).toEqual(['poison', 'poison', 'poison']);
      expect(handled.slice(3).toSorted()).toEqual(['healthy', 'poison', 'poison']);
      const [, , third = 0, fourth = 0, fifth = 0] = at;
      const [delay = 0, longer = 0] = contractDelays;
      expect(fourth - third).toBeGreaterThanOrEqual(0.8 * delay - 2);
      expect(fifth - fourth).toBeGreaterThanOrEqual(0.8 * longer - 2);
    });

    test('after the last attempt an event is parked with what went wrong', async () => {
      const bus = await broker.connect();
      const before = Date.now();
      const { got } = await listener(bus, 'catalog', {
        fail: ({ attempt }) => new TypeError(`attempt ${attempt} failed at amqp://guest:secret@broker`),
      });
      const event = anEvent(published, { n: 1 });
      await bus.publish([event]);
      await eventually(async () => expect(await bus.deadLetters('catalog')).toHaveLength(1));
      const [letter] = await bus.deadLetters('catalog');
      expect(letter).toMatchObject({ event, service: 'catalog', attempts: 5 });
      expect(letter?.error).toBe('TypeError: attempt 5 failed at amqp://[credentials]@broker');
      expect(letter?.stack).toContain('bus.contract');
      expect(got).toHaveLength(5);
      const [first, last] = [Date.parse(letter?.firstFailedAt ?? ''), Date.parse(letter?.lastFailedAt ?? '')];
      expect(first).toBeGreaterThanOrEqual(before);
      expect(last - first).toBeGreaterThanOrEqual(60); // the two delays of the contract, less jitter and the timers' grain
    });

    test('an event that breaks its contract is parked at once', async () => {
      const bus = await broker.connect();
      const { got } = await listener(bus, 'catalog', { fail: () => new ContractBroken('no such field') });
      await bus.publish([anEvent(published)]);
      await eventually(async () =>
        expect(await bus.deadLetters('catalog')).toMatchObject([
          { attempts: 1, error: 'ContractBroken: no such field' },
        ]),
      );
      expect(got).toHaveLength(1);
    });

    test('one poison message among many neither blocks the others nor is lost', async () => {
      const bus = await broker.connect();
      const events = Array.from({ length: 200 }, () => anEvent(published));
      const poison = events[20]?.id;
      const { ids } = await listener(bus, 'catalog', {
        prefetch: 1,
        fail: ({ event }) => (event.id === poison ? new Error('poison') : undefined),
      });
      await bus.publish(events);
      await eventually(async () => expect(await bus.deadLetters('catalog')).toHaveLength(1));
      await eventually(() => expect(new Set(ids()).size).toBe(200));
      expect((await bus.deadLetters('catalog'))[0]?.event.id).toBe(poison);
      expect(ids()).toHaveLength(204); // the poison five times
    });

    test('a handler that hangs counts as failed when its time is over', async () => {
      const bus = await broker.connect();
      const attempts: number[] = [];
      await bus.subscribe({
        service: 'catalog',
        types: [published],
        handle: async ({ attempt }) => {
          attempts.push(attempt);
          if (attempt === 1) await new Promise<never>(() => {});
        },
      });
      await bus.publish([anEvent(published)]);
      await eventually(() => expect(attempts).toEqual([1, 2]));
    });

    test('a type that a service no longer names reaches it no more', async () => {
      const bus = await broker.connect();
      const before = await listener(bus, 'catalog', { types: [published, retired] });
      await bus.publish([anEvent(retired)]);
      await eventually(() => expect(before.got).toHaveLength(1));
      await before.consumer.stop();
      const after = await listener(bus, 'catalog');
      const kept = anEvent(published);
      await expect(bus.publish([anEvent(retired), kept])).rejects.toThrow(Unroutable);
      await eventually(() => expect(after.ids()).toEqual([kept.id]));
      expect(before.got).toHaveLength(1);
    });

    test('an event that nobody listens to is refused, and those published along with it arrive', async () => {
      const bus = await broker.connect();
      const { ids } = await listener(bus, 'catalog');
      const [first, unheard, last] = [anEvent(published), anEvent(retired), anEvent(published)];
      const refusal: unknown = await bus.publish([first, unheard, last]).catch((error: unknown) => error);
      expect(refusal).toBeInstanceOf(Unroutable);
      expect(refusal).toMatchObject({ types: [retired], ids: [unheard.id], message: `Nobody listens to ${retired}` });
      await eventually(() => expect(ids()).toEqual([first.id, last.id]));
      await listener(bus, 'notify', { types: [retired] });
      await expect(bus.publish([unheard])).resolves.toBeUndefined();
    });

    test('an event that by its definition nobody listens to is accepted', async () => {
      const bus = await broker.connect();
      await expect(bus.publish([anEvent(lectureCompleted.type)])).resolves.toBeUndefined();
    });

    test('a replay reaches the one service that asked, and says that it is one', async () => {
      const bus = await broker.connect();
      const catalog = await listener(bus, 'catalog');
      const notify = await listener(bus, 'notify');
      const replayed = anEvent(published);
      await bus.publishTo('notify', [replayed]);
      const fresh = anEvent(published);
      await bus.publish([fresh]);
      await eventually(() => expect(notify.ids()).toEqual(idsOf([replayed, fresh])));
      expect(notify.got.map((delivery) => delivery.replayed)).toEqual([true, false]);
      await eventually(() => expect(catalog.ids()).toEqual([fresh.id]));
    });

    test('a replay to a service that has no queue is refused', async () => {
      const bus = await broker.connect();
      await expect(bus.publishTo('nobody', [anEvent(published)])).rejects.toThrow('no queue');
    });

    test('stop() waits for the handler under way; what comes later waits for the next consumer', async () => {
      const bus = await broker.connect();
      const gate = Promise.withResolvers<void>();
      const began: string[] = [];
      const consumer = await bus.subscribe({
        service: 'catalog',
        types: [published],
        prefetch: 1,
        handle: async ({ event }) => {
          began.push(event.id);
          await gate.promise;
        },
      });
      const events = [anEvent(published), anEvent(published)];
      await bus.publish(events);
      await eventually(() => expect(began).toHaveLength(1));
      let stopped = false;
      const stopping = consumer.stop().then(() => (stopped = true));
      expect(stopped).toBe(false);
      gate.resolve();
      await stopping;
      expect(began).toEqual(idsOf(events.slice(0, 1)));
      const { ids } = await listener(bus, 'catalog');
      await eventually(() => expect(ids()).toEqual(idsOf(events.slice(1))));
    });

    test('a thousand events from three publishers: none lost, none doubled', async () => {
      const [one, two, three] = [await broker.connect(), await broker.connect(), await broker.connect()];
      const first = await listener(one, 'catalog');
      const second = await listener(two, 'catalog');
      const events = Array.from({ length: 1_000 }, (_, n) => anEvent(published, { n }));
      await Promise.all(
        [one, two, three].map(async (bus, publisher) => {
          const mine = events.filter((_, n) => n % 3 === publisher);
          for (let at = 0; at < mine.length; at += 25) await bus.publish(mine.slice(at, at + 25));
        }),
      );
      await eventually(() => expect([...first.ids(), ...second.ids()].sort()).toEqual(idsOf(events).sort()));
    });

    test('close() waits for the handler under way', async () => {
      const bus = await broker.connect();
      const seen: string[] = [];
      const handle = async () => {
        seen.push('began');
        await setTimeout(100);
        seen.push('ended');
      };
      await bus.subscribe({ service: 'catalog', types: [published], handle });
      await bus.publish([anEvent(published)]);
      await eventually(() => expect(seen).toEqual(['began']));
      await bus.close();
      expect(seen).toEqual(['began', 'ended']);
    });

    test('a closed bus is not ready and takes nothing', async () => {
      const bus = await broker.connect();
      expect(bus.isReady()).toBe(true);
      await bus.close();
      expect(bus.isReady()).toBe(false);
      await expect(bus.publish([anEvent(published)])).rejects.toThrow('closed');
    });

    if (!durable) return;
    test('what was accepted and not yet handled is there after a restart, also for services that start later', async () => {
      const before = await broker.connect();
      const { consumer } = await listener(before, 'catalog');
      await listener(before, 'notify', { fail: () => new ContractBroken('no') });
      await consumer.stop();
      const events = Array.from({ length: 20 }, () => anEvent(published));
      await before.publish(events);
      await eventually(async () => expect(await before.deadLetters('notify')).toHaveLength(20));
      await broker.restart?.();
      const after = await broker.connect();
      const later = anEvent(published);
      await after.publish([later]); // before the service is back
      const { ids } = await listener(after, 'catalog');
      await eventually(() => expect(ids()).toEqual(idsOf([...events, later])));
      expect(await after.deadLetters('notify')).toHaveLength(20);
    });
  });
}
