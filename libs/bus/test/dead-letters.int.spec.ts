import type { Envelope } from '@lyceum/contracts';
import { anEvent, eventually } from '../src/bus.contract.js';
import { outgoing } from '../src/rabbit/message.js';
import { FaultProxy } from './fault-proxy.js';
import { type Scratch, broker, onChannel, scratch, withRabbit } from './scratch.js';

const published = 'testing.published.v1';
const many = 12_000;
const most = 10_000;

withRabbit(() => {
  let place: Scratch;
  beforeEach(async () => {
    place = await scratch();
  });
  afterEach(() => place.dispose());

  /** Puts dead letters where the subscriber of `catalog` would have parked them, the one that failed last in front. */
  async function parkedAll(events: readonly Envelope[]): Promise<void> {
    const queue = `${place.namespace}catalog.dead`;
    await onChannel(async (channel) => {
      for (const [index, event] of events.entries()) {
        const { content, options } = outgoing(event, { exchange: '', key: queue });
        const at = new Date(Date.UTC(2026, 0, 1) - index * 1_000).toISOString();
        const failure = {
          'lyceum-attempts': 7,
          'lyceum-error': 'Error: no',
          'lyceum-first-failed-at': at,
          'lyceum-last-failed-at': at,
        };
        channel.sendToQueue(queue, content, { ...options, headers: { ...options.headers, ...failure } });
        if (index % 1_000 === 999) await channel.checkQueue(queue); // so that it keeps up
      }
      await eventually(async () => expect((await channel.checkQueue(queue)).messageCount).toBe(events.length));
    });
  }

  test('more dead letters than one call takes are all found, and given back call by call, beside a live consumer', async () => {
    const bus = await place.connect();
    const replayed = new Set<string>();
    const live: string[] = [];
    await bus.subscribe({
      service: 'catalog',
      types: [published],
      prefetch: 100,
      handle: async ({ event, replayed: again }) => void (again ? replayed.add(event.id) : live.push(event.id)),
    });
    const events = Array.from({ length: many }, (_, n) => anEvent(published, { n }));
    await parkedAll(events);
    expect(await bus.countDead('catalog')).toBe(many);
    const oldest = events.slice(-3).toReversed();
    expect((await bus.deadLetters('catalog', { limit: 3 })).map(({ event }) => event)).toEqual(oldest);
    expect(await bus.deadLetters('catalog', { ids: [events[7]?.id ?? ''] })).toHaveLength(1);
    expect(await bus.countDead('catalog')).toBe(many); // looking takes nothing away

    const fresh = anEvent(published);
    const firstCall = bus.replayDead('catalog', {});
    await bus.publish([fresh]);
    await eventually(() => expect(live).toEqual([fresh.id]));
    expect(await firstCall).toHaveLength(most);
    expect(await bus.countDead('catalog')).toBe(many - most);
    expect(await bus.replayDead('catalog', {})).toHaveLength(many - most);
    expect(await bus.replayDead('catalog', {})).toEqual([]);
    await eventually(() => expect(replayed.size).toBe(many));
  }, 60_000);

  test('dead letters that the service’s queue has not confirmed stay where they are', async () => {
    const proxy = await FaultProxy.start((await broker()).url);
    try {
      const bus = place.bus({ url: proxy.url, confirmTimeoutMs: 300 });
      await bus.start();
      await (await bus.subscribe({ service: 'catalog', types: [published], handle: async () => {} })).stop();
      const events = Array.from({ length: 3 }, () => anEvent(published));
      await parkedAll(events);
      expect(await bus.countDead('catalog')).toBe(3);
      proxy.say('blocked');
      await eventually(() => expect(bus.isReady()).toBe(false));
      await expect(bus.replayDead('catalog', {})).rejects.toThrow('blocked');
      const other = await place.connect();
      await eventually(async () => expect(await other.countDead('catalog')).toBe(3));
      expect(await other.replayDead('catalog', {})).toHaveLength(3);
    } finally {
      await proxy.stop();
    }
  });

  test('a connection that breaks in the middle of a replay loses no dead letter', async () => {
    const proxy = await FaultProxy.start((await broker()).url);
    try {
      const steady = await place.connect();
      const got = new Set<string>();
      await steady.subscribe({
        service: 'catalog',
        types: [published],
        prefetch: 100,
        handle: async ({ event }) => void got.add(event.id),
      });
      const events = Array.from({ length: 3_000 }, () => anEvent(published));
      await parkedAll(events);
      const shaky = place.bus({ url: proxy.url });
      await shaky.start();
      const outcome = shaky.replayDead('catalog', {}).then(
        () => 'done',
        () => 'broken',
      );
      await eventually(() => expect(got.size).toBeGreaterThan(0));
      proxy.cut();
      expect(['done', 'broken']).toContain(await outcome);
      await eventually(async () => {
        await steady.replayDead('catalog', {});
        expect(await steady.countDead('catalog')).toBe(0);
        expect(got.size).toBe(3_000);
      });
    } finally {
      await proxy.stop();
    }
  }, 60_000);
});
