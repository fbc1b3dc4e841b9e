import { anEvent, contractDelays, eventually } from '../src/bus.contract.js';
import type { Delivery } from '../src/bus.js';
import type { RabbitOptions } from '../src/rabbit.js';
import { lanesOf } from '../src/rabbit/topology.js';
import { type Scratch, onChannel, scratch, withRabbit } from './scratch.js';

const published = 'testing.published.v1';

withRabbit(() => {
  let place: Scratch;
  afterEach(() => place.dispose());

  async function failing(until: number, options: Partial<RabbitOptions> = {}) {
    place = await scratch(options);
    const bus = await place.connect();
    const got: Delivery[] = [];
    await bus.subscribe({
      service: 'catalog',
      types: [published],
      handle: async (delivery) => {
        got.push(delivery);
        if (delivery.attempt < until) throw new Error('not yet');
      },
    });
    return { bus, got, queue: `${place.namespace}catalog` };
  }
  const lengthOf = (queue: string) => onChannel(async (channel) => (await channel.checkQueue(queue)).messageCount);

  test('events that fail together do not come back together: each delay has three queues of different length', async () => {
    const long = 60_000;
    const { bus, queue } = await failing(9, { retryDelays: [long] });
    await bus.publish(Array.from({ length: 60 }, () => anEvent(published)));
    const lanes = lanesOf(long).map((ms) => `${queue}.retry.${ms}`);
    await eventually(async () => {
      const lengths = await Promise.all(lanes.map(lengthOf));
      expect(lengths.reduce((sum, length) => sum + length, 0)).toBe(60);
      expect(Math.min(...lengths)).toBeGreaterThan(0);
    });
    await onChannel(async (channel) => {
      for (const lane of lanes) await channel.deleteQueue(lane);
    });
  });

  test('a retry is the same event in the same trace, and not a replay', async () => {
    const { bus, got } = await failing(5);
    const event = anEvent(published);
    await bus.publish([event]);
    await eventually(() => expect(got).toHaveLength(5));
    for (const delivery of got) expect(delivery).toMatchObject({ event, replayed: false });
  });

  test('deleted retry queues lose no event: they are declared again', async () => {
    const { bus, got, queue } = await failing(4);
    await onChannel(async (channel) => {
      for (const ms of lanesOf(contractDelays[0] ?? 0)) await channel.deleteQueue(`${queue}.retry.${ms}`);
    });
    await bus.publish([anEvent(published)]);
    await eventually(() => expect(got.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4]));
  });
});
