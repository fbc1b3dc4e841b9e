import { setTimeout as delay } from 'node:timers/promises';
import type { RabbitBus } from '../src/rabbit.js';
import { anEvent, eventually } from '../src/bus.contract.js';
import { type Scratch, scratch, withRabbit } from './scratch.js';

const many = process.env['LYCEUM_LONG_TESTS'] ? 1_000 : 250;
const paceMs = 4;
const rounds = 5;

withRabbit(() => {
  let place: Scratch;
  afterEach(() => place.dispose());

  /** What a service sees that gets `many` events at a steady pace, each of which is some work. */
  async function stream(bus: RabbitBus, service: string, poisonAt: number | undefined) {
    const sentAt = new Map<string, number>();
    const delays: number[] = [];
    const effects = new Map<string, number>();
    const events = Array.from({ length: many }, (_, n) => anEvent(`testing.${service}.v1`, { n }));
    const poison = poisonAt === undefined ? undefined : events[poisonAt];
    const healed = { yes: false };
    const consumer = await bus.subscribe({
      service,
      types: [`testing.${service}.v1`],
      handle: async ({ event }) => {
        if (event.id === poison?.id && !healed.yes) throw new RangeError('poison');
        await delay(1);
        delays.push(performance.now() - (sentAt.get(event.id) ?? 0));
        effects.set(event.id, (effects.get(event.id) ?? 0) + 1);
      },
    });
    const sending: Promise<void>[] = [];
    for (const event of events) {
      sentAt.set(event.id, performance.now());
      sending.push(bus.publish([event]));
      await delay(paceMs);
    }
    await Promise.all(sending);
    const healthy = events.filter(({ id }) => id !== poison?.id);
    await eventually(() => expect(healthy.every(({ id }) => effects.has(id))).toBe(true));
    const p99 = delays.toSorted((one, other) => one - other)[Math.floor(0.99 * delays.length)] ?? 0;
    return { p99, effects, poison, healed, consumer, service };
  }

  test(`one poison message among ${many}: the others are processed without delay, one is parked, and replays do no harm`, async () => {
    place = await scratch();
    const bus = place.bus();
    await bus.start();
    let poisoned;
    // a busy machine makes some rounds slow: what the poison itself does would be seen in each
    for (let round = 1; ; round += 1) {
      const [quiet, other] = round % 2 ? (['media', 'catalog'] as const) : (['notify', 'catalog'] as const);
      const { p99: without, consumer } = await stream(bus, quiet, undefined);
      await consumer.stop();
      poisoned = await stream(bus, other, 20);
      if (poisoned.p99 < 2 * without) break;
      expect(round).toBeLessThan(rounds);
      await eventually(async () => expect(await bus.countDead('catalog')).toBe(1));
      await bus.dropDead('catalog', {});
      await poisoned.consumer.stop();
    }
    const { effects, poison, healed } = poisoned;
    expect(effects.size).toBe(many - 1);
    await eventually(async () => expect(await bus.countDead('catalog')).toBe(1));
    const [letter] = await bus.deadLetters('catalog');
    expect(letter).toMatchObject({
      event: { id: poison?.id, traceparent: poison?.traceparent },
      error: 'RangeError: poison',
      stack: expect.stringContaining('poison.int.spec'),
      attempts: 5, // three at once, and one for each delay of the test
    });

    healed.yes = true;
    const given = await Promise.all([bus.replayDead('catalog', {}), bus.replayDead('catalog', {})]);
    expect(given.flat()).toHaveLength(1);
    expect(await bus.replayDead('catalog', {})).toEqual([]);
    await eventually(() => expect(effects.get(poison?.id ?? '')).toBe(1));
    expect(effects.size).toBe(many);
    expect(await bus.countDead('catalog')).toBe(0);
  }, 180_000);
});
