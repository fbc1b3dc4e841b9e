import type { Envelope } from '@lyceum/contracts';
import type { Bus } from './bus.js';
import {
  type BusUnderTest,
  anEvent,
  contractDelays,
  eventually,
  idsOf,
  listener,
  published,
  retired,
} from './bus.contract.js';
import { ContractBroken } from './failure.js';

/** What operators may expect of every bus. */
export function deadLettersContract(
  name: string,
  { durable }: { durable: boolean },
  make: () => Promise<BusUnderTest>,
): void {
  describe(`${name} keeps dead letters for its operators`, () => {
    let broker: BusUnderTest;
    beforeEach(async () => {
      broker = await make();
    });
    afterEach(() => broker.dispose());

    test('dead letters are listed oldest first, up to the limit, and stay where they are', async () => {
      const bus = await broker.connect();
      await listener(bus, 'catalog', { fail: () => new ContractBroken('no') });
      const events = [anEvent(published), anEvent(published), anEvent(published)];
      for (const event of events) {
        await bus.publish([event]);
        const letters = events.indexOf(event) + 1;
        await eventually(async () => expect(await bus.deadLetters('catalog')).toHaveLength(letters));
      }
      const two = idsOf(events.slice(0, 2));
      expect((await bus.deadLetters('catalog', { limit: 2 })).map(({ event }) => event.id)).toEqual(two);
      expect((await bus.deadLetters('catalog', { limit: 2 })).map(({ event }) => event.id)).toEqual(two);
      expect(await bus.deadLetters('catalog')).toHaveLength(3);
    });

    /** Parks each of the events by a service that is then gone. */
    async function parked(bus: Bus, events: readonly Envelope[], service = 'catalog'): Promise<void> {
      const { consumer } = await listener(bus, service, { fail: () => new ContractBroken('no') });
      for (const event of events) {
        const already = await bus.countDead(service);
        await bus.publishTo(service, [event]);
        await eventually(async () => expect(await bus.countDead(service)).toBe(already + 1));
      }
      await consumer.stop();
    }

    test('dead letters are selected by the id and the type of their event and by the time of their failure', async () => {
      const bus = await broker.connect();
      const events = [anEvent(published), anEvent(retired), anEvent(published), anEvent(retired)];
      await parked(bus, events);
      const letters = await bus.deadLetters('catalog');
      expect(letters.map(({ event }) => event)).toEqual(events); // with their traces
      const [first, second, third, fourth] = idsOf(events);
      const at = (index: number) => new Date(letters[index]?.lastFailedAt ?? '');
      const chosen = async (...made: Parameters<Bus['deadLetters']>) =>
        (await bus.deadLetters(...made)).map(({ event }) => event.id);
      expect(await chosen('catalog', { ids: [String(third), 'unknown', String(first)] })).toEqual([first, third]);
      expect(await chosen('catalog', { type: retired })).toEqual([second, fourth]);
      expect(await chosen('catalog', { failedAfter: at(1) })).toEqual([second, third, fourth]);
      expect(await chosen('catalog', { failedAfter: at(1), failedBefore: at(3) })).toEqual([second, third]);
      expect(await chosen('catalog', { failedAfter: at(1), type: retired, limit: 1 })).toEqual([second]);
      expect(await chosen('notify')).toEqual([]);
      expect(await bus.countDead('catalog')).toBe(4);
      expect(await bus.countDead('notify')).toBe(0);
    });

    test('replayed dead letters reach their service again as if new, in the order in which they happened', async () => {
      const bus = await broker.connect();
      const events = Array.from({ length: 6 }, () => anEvent(published));
      await parked(bus, events);
      const notify = await listener(bus, 'notify');
      const [chosen, others] = [events.filter((_, n) => n % 2 === 0), events.filter((_, n) => n % 2 === 1)];
      const given = await bus.replayDead('catalog', { ids: idsOf(chosen) });
      expect(given.map(({ event }) => event)).toEqual(chosen);
      expect(given[0]).toMatchObject({ service: 'catalog', attempts: 1, error: 'ContractBroken: no' });
      expect((await bus.deadLetters('catalog')).map(({ event }) => event)).toEqual(others);
      const { got } = await listener(bus, 'catalog');
      await eventually(() =>
        expect(got).toEqual(chosen.map((event) => ({ event, attempt: 1, replayed: true, lastAttempt: false }))),
      );
      expect(await bus.replayDead('catalog', { ids: idsOf(chosen) })).toEqual([]); // a second time there is nothing
      expect(await bus.replayDead('catalog', { type: retired })).toEqual([]);
      expect((await bus.replayDead('catalog', { limit: 2 })).map(({ event }) => event)).toEqual(others.slice(0, 2));
      expect(await bus.countDead('catalog')).toBe(1);
      await eventually(() => expect(got).toHaveLength(5));
      expect(notify.got).toEqual([]);
    });

    test('a replayed dead letter that fails again has all its attempts again and is parked once', async () => {
      const bus = await broker.connect();
      const event = anEvent(published);
      await parked(bus, [event]);
      const { got } = await listener(bus, 'catalog', { fail: () => new Error('still') });
      await bus.replayDead('catalog', {});
      await eventually(async () =>
        expect(await bus.deadLetters('catalog')).toMatchObject([{ event, error: 'Error: still' }]),
      );
      expect(got.map(({ attempt }) => attempt)).toEqual(Array.from(got, (_, index) => index + 1));
      expect(got.length).toBeGreaterThan(contractDelays.length);
    });

    test('dropped dead letters are gone for good, and the others stay', async () => {
      const bus = await broker.connect();
      const events = Array.from({ length: 5 }, () => anEvent(published));
      await parked(bus, events);
      await parked(bus, events.slice(0, 1), 'notify');
      const dropped = await bus.dropDead('catalog', { ids: idsOf(events.slice(1, 3)) });
      expect(dropped.map(({ event }) => event)).toEqual(events.slice(1, 3));
      expect(await bus.dropDead('catalog', { ids: idsOf(events.slice(1, 3)) })).toEqual([]);
      expect((await bus.deadLetters('catalog')).map(({ event }) => event)).toEqual([events[0], ...events.slice(3)]);
      expect(await bus.countDead('notify')).toBe(1);
      const { got } = await listener(bus, 'catalog');
      const fresh = anEvent(published);
      await bus.publish([fresh]);
      await eventually(() => expect(got.map(({ event }) => event)).toEqual([fresh]));
    });

    test('several operators at once, on one connection and on others, give each dead letter back once', async () => {
      const [one, two] = [await broker.connect(), await broker.connect()];
      const events = Array.from({ length: 40 }, () => anEvent(published));
      const { consumer } = await listener(one, 'catalog', { fail: () => new ContractBroken('no') });
      await one.publish(events);
      await eventually(async () => expect(await one.countDead('catalog')).toBe(40));
      await consumer.stop();
      const { got } = await listener(two, 'catalog');
      const acts = [one, one, two, two].flatMap((bus) => [
        bus.replayDead('catalog', {}),
        bus.deadLetters('catalog'),
        bus.dropDead('catalog', { type: retired }),
      ]);
      const given = (await Promise.all(acts)).filter((_, index) => index % 3 === 0).flat();
      expect(given.map(({ event }) => event.id).sort()).toEqual(idsOf(events).sort());
      await eventually(() => expect(got.map(({ event }) => event.id).sort()).toEqual(idsOf(events).sort()));
      expect(await one.countDead('catalog')).toBe(0);
    });

    if (!durable) return;
    test('what was replayed and what was dropped is so after a restart too', async () => {
      const before = await broker.connect();
      const events = Array.from({ length: 6 }, () => anEvent(published));
      await parked(before, events);
      await before.replayDead('catalog', { ids: idsOf(events.slice(0, 2)) });
      await before.dropDead('catalog', { ids: idsOf(events.slice(2, 4)) });
      await broker.restart?.();
      const after = await broker.connect();
      expect((await after.deadLetters('catalog')).map(({ event }) => event)).toEqual(events.slice(4));
      const { got } = await listener(after, 'catalog');
      await eventually(() => expect(got.map(({ event }) => event)).toEqual(events.slice(0, 2)));
      expect(got[0]).toMatchObject({ attempt: 1, replayed: true });
    });
  });
}
