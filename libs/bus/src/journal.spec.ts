import { existsSync, readFileSync } from 'node:fs';
import {
  appendFile,
  mkdtemp,
  readFile,
  readdir,
  rm,
  stat,
  symlink,
  truncate,
  unlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bus } from './bus.js';
import { anEvent, contractDelays, eventually } from './bus.contract.js';
import { InProcessBus } from './in-process.js';

const type = 'testing.published.v1';
const service = 'catalog';
const nothing = async () => {};

describe('the journal of the in-process bus', () => {
  let directory: string;
  let file: string;
  const open: InProcessBus[] = [];
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'bus-'));
    file = join(directory, 'bus.journal');
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((each) => each.close()));
    await rm(directory, { recursive: true, force: true });
  });

  async function bus(journal = directory, retryDelays = contractDelays): Promise<InProcessBus> {
    const made = new InProcessBus({ journal, retryDelays });
    open.push(made);
    await made.start();
    return made;
  }
  /** The queue of a service that is not there at the moment. */
  async function withQueue(of: Bus): Promise<void> {
    await (await of.subscribe({ service, types: [type], handle: nothing })).stop();
  }
  /** What a process would find that started now, this one having been killed: the bytes as they are in the file. */
  async function afterKill(): Promise<{ ids: string[]; attempts: number[] }> {
    const bytes = readFileSync(file); // in this very moment
    const copy = await mkdtemp(join(directory, 'killed-'));
    await writeFile(join(copy, 'bus.journal'), bytes);
    const successor = await bus(copy);
    const [ids, attempts]: [string[], number[]] = [[], []];
    const consumer = await successor.subscribe({
      service,
      types: [type],
      prefetch: 1_000,
      handle: async (delivery) => {
        ids.push(delivery.event.id);
        attempts.push(delivery.attempt);
      },
    });
    await consumer.stop();
    return { ids, attempts };
  }

  test('when a publish has resolved, a kill loses nothing of it', async () => {
    const living = await bus();
    await withQueue(living);
    const ids: string[] = [];
    for (let n = 0; n < 5; n += 1) {
      const events = [anEvent(type, { n }), anEvent(type, { text: 'ü\n"🔑' })];
      await living.publish(events);
      ids.push(...events.map(({ id }) => id));
      expect((await afterKill()).ids).toEqual(ids);
    }
  });

  test('a delivery that was under way at the kill comes again; one that was done does not', async () => {
    const living = await bus();
    const hanging = Promise.withResolvers<void>();
    const [done, underWay] = [anEvent(type), anEvent(type)];
    const began: string[] = [];
    await living.subscribe({
      service,
      types: [type],
      handle: async ({ event }) => {
        began.push(event.id);
        if (event.id === underWay.id) await hanging.promise;
      },
    });
    await living.publish([done, underWay]);
    await eventually(async () => expect((await afterKill()).ids).toEqual([underWay.id]));
    expect(began).toEqual([done.id, underWay.id]);
    hanging.resolve();
    await eventually(async () => expect((await afterKill()).ids).toEqual([]));
  });

  test('attempts, delays and parked events outlive the process', async () => {
    const living = await bus(directory, [1_000_000]);
    const [retried, parked] = [anEvent(type), anEvent(type)];
    await living.subscribe({
      service,
      types: [type],
      handle: async () => {
        throw new Error('no');
      },
    });
    await living.publish([retried]);
    await eventually(async () => expect(await readFile(file, 'utf8')).toContain('"op":"failed"'));
    expect((await afterKill()).ids).toEqual([]); // its time has not come
    await living.close();
    const impatient = (await readFile(file, 'utf8')).split('\n').filter((line) => line.includes('"due"'));
    expect(impatient).toHaveLength(1);

    const next = await bus(directory, []);
    await next.subscribe({
      service,
      types: [type],
      handle: async () => {
        throw new Error('no more');
      },
    });
    await next.publish([parked]);
    await eventually(async () =>
      expect(await next.deadLetters(service)).toMatchObject([{ event: parked, attempts: 3 }]),
    );
    await next.close();
    expect(await (await bus()).deadLetters(service)).toMatchObject([{ event: parked, error: 'Error: no more' }]);
  });

  test('cut at any byte, it opens and keeps every event that was written whole', async () => {
    const living = await bus();
    await withQueue(living);
    await living.publish([anEvent(type)]);
    const { size: first } = await stat(file);
    await living.publish([anEvent(type)]);
    const { size: second } = await stat(file);
    await living.close();
    const whole = await readFile(file);
    for (let length = first - 1; length <= second; length += 7) {
      await writeFile(file, whole);
      await truncate(file, length);
      const expected = length >= second - 1 ? 2 : length >= first - 1 ? 1 : 0;
      expect((await afterKill()).ids).toHaveLength(expected);
    }
  });

  test('what is damaged in the middle costs that line only, and is kept aside for whoever must look', async () => {
    const living = await bus();
    await withQueue(living);
    const events = [anEvent(type), anEvent(type), anEvent(type)];
    for (const event of events) await living.publish([event]);
    await living.close();
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace(events[1]?.id ?? '', 'X'));
    const next = await bus();
    const got: string[] = [];
    await next.subscribe({ service, types: [type], handle: async ({ event }) => void got.push(event.id) });
    await eventually(() => expect(got).toEqual([events[0]?.id, events[2]?.id]));
    expect(await readdir(directory)).toContain('bus.journal.damaged');
  });

  test('a torn tail is no damage, and what is written after it is read again', async () => {
    const living = await bus();
    await withQueue(living);
    const before = anEvent(type);
    await living.publish([before]);
    await living.close();
    await appendFile(file, '0badc0de {"op":"put","it');
    const next = await bus();
    const after = anEvent(type);
    await next.publish([after]);
    expect((await afterKill()).ids).toEqual([before.id, after.id]);
    expect(await readdir(directory)).not.toContain('bus.journal.damaged');
  });

  test('it does not grow with what is done', async () => {
    const living = await bus();
    let handled = 0;
    await living.subscribe({ service, types: [type], prefetch: 100, handle: async () => void (handled += 1) });
    const data = { text: 'x'.repeat(2_000) };
    for (let n = 0; n < 100; n += 1) await living.publish(Array.from({ length: 100 }, () => anEvent(type, data)));
    await eventually(() => expect(handled).toBe(10_000)); // 23 MB of events
    expect((await stat(file)).size).toBeLessThan(6 * 1024 * 1024);
    await living.close();
    await bus();
    expect((await stat(file)).size).toBeLessThan(1_000);
  });

  test('rewritten, it holds nothing of what is done, and everything that waits', async () => {
    const living = await bus();
    await withQueue(living);
    const [gone, waiting] = [anEvent(type, { text: 'gone' }), anEvent(type, { text: 'waiting' })];
    await living.publish([gone]);
    const consumer = await living.subscribe({ service, types: [type], handle: nothing });
    await consumer.stop();
    await living.publish([waiting]);
    await eventually(async () => {
      expect(await readFile(file, 'utf8')).toContain(gone.id); // so it does not go by itself
      await living.compact();
      expect(await readFile(file, 'utf8')).not.toContain(gone.id);
    });
    expect((await afterKill()).ids).toEqual([waiting.id]);
  });

  test('a full disk fails the start with a reason, and nothing that was there is lost', async () => {
    const living = await bus();
    await withQueue(living);
    const event = anEvent(type);
    await living.publish([event]);
    await living.close();
    const full = existsSync('/dev/full') ? '/dev/full' : join(directory, 'no', 'such', 'place');
    await symlink(full, `${file}.next`);
    await expect(new InProcessBus({ journal: directory }).start()).rejects.toThrow(/ENOSPC|ENOENT/);
    await unlink(`${file}.next`);
    await bus();
    expect((await afterKill()).ids).toEqual([event.id]);
  });

  test('a view of one service that closes leaves the others what they have', async () => {
    const living = await bus();
    const [catalog, notify] = [living.shared(), living.shared()];
    const got: string[] = [];
    const note = (name: string) => async () => void got.push(name);
    await catalog.subscribe({ service: 'catalog', types: [type], handle: note('catalog') });
    await notify.subscribe({ service: 'notify', types: [type], handle: note('notify') });
    await catalog.close();
    await notify.publish([anEvent(type)]);
    await eventually(() => expect(got).toEqual(['notify']));
    expect([catalog.isReady(), notify.isReady(), living.isReady()]).toEqual([false, true, true]);
    expect((await afterKill()).ids).toHaveLength(1); // kept for catalog
  });
});
