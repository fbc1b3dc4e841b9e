import { paymentSucceeded } from '@lyceum/contracts';
import { type RunningService, start } from '@lyceum/host';
import { createLog } from '@lyceum/telemetry';
import { eventually } from '@lyceum/testing';
import { notify } from '../src/service.js';
import { type PostOffice, openPostOffice, payment } from './post-office.js';

interface Told {
  event: string;
  data: { unread?: number; body?: string; notificationId?: string };
  id?: string;
}

/** A reader of a stream, as a browser's EventSource is one. */
class Reader {
  readonly told: Told[] = [];
  heartbeats = 0;
  ended = false;
  private readonly abort = new AbortController();
  private constructor(readonly response: Response) {}

  static async open(url: string, token: string, lastEventId?: string): Promise<Reader> {
    const abort = new AbortController();
    const response = await fetch(`${url}/notifications/stream`, {
      headers: {
        authorization: `Bearer ${token}`,
        ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
      },
      signal: abort.signal,
    });
    const reader = new Reader(response);
    reader.abort.signal.addEventListener('abort', () => abort.abort());
    if (response.ok)
      void reader
        .read()
        .catch(() => undefined)
        .then(() => (reader.ended = true));
    return reader;
  }

  get lastId(): string | undefined {
    return this.told.findLast(({ id }) => id !== undefined)?.id;
  }
  get bodies(): (string | undefined)[] {
    return this.told.filter(({ event }) => event === 'notification').map(({ data }) => data.body);
  }
  close(): void {
    this.abort.abort();
  }

  private async read(): Promise<void> {
    let rest = '';
    const decoder = new TextDecoder();
    for await (const chunk of this.response.body ?? []) {
      rest += decoder.decode(chunk as Uint8Array, { stream: true });
      const blocks = rest.split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) this.take(block);
    }
  }

  private take(block: string): void {
    if (block.startsWith(':')) {
      this.heartbeats += 1;
      return;
    }
    const field = (name: string) =>
      block
        .split('\n')
        .find((line) => line.startsWith(`${name}: `))
        ?.slice(name.length + 2);
    const id = field('id');
    const data = JSON.parse(field('data') ?? '{}') as Told['data'];
    this.told.push({ event: field('event') ?? '', data, ...(id === undefined ? {} : { id }) });
  }
}

describe('the stream of notifications', () => {
  let office: PostOffice;
  let other: RunningService;
  const readers: Reader[] = [];
  const startAnother = () =>
    start(notify, {
      env: { ...office.booted.env },
      bus: office.booted.bus,
      log: createLog({ service: 'notify', level: 'silent', format: 'json' }),
      processMetrics: false,
    });
  beforeAll(async () => {
    office = await openPostOffice();
    other = await startAnother();
  });
  afterEach(() => readers.splice(0).forEach((reader) => reader.close()));
  afterAll(async () => {
    await other.close();
    await office.close();
  });

  const open = async (id: string, lastEventId?: string, url = office.booted.url, session: { sid?: string } = {}) => {
    const token = await office.booted.issuer.token({ sub: id, roles: ['STUDENT'], verified: true, ...session });
    const reader = await Reader.open(url, token, lastEventId);
    readers.push(reader);
    return reader;
  };
  const tell = (id: string, n: number) =>
    office.booted.deliver(paymentSucceeded, { ...payment(id), courseTitle: `Course ${n}` });
  const about = (n: number) => `Your payment of €49.00 for “Course ${n}” has arrived.`;

  it('begins with the unread count and goes on with what is new', async () => {
    const { id } = await office.somebody();
    await tell(id, 0);
    await eventually(async () =>
      expect((await office.booted.call('GET', '/notifications/unread-count', { as: { id } })).body).toEqual({
        unread: 1,
      }),
    );
    const reader = await open(id);
    expect(reader.response.headers.get('content-type')).toMatch(/^text\/event-stream/);
    expect(reader.response.headers.get('cache-control')).toContain('no-store');
    await eventually(() => expect(reader.told[0]).toMatchObject({ event: 'unread-count', data: { unread: 1 } }));
    await tell(id, 1);
    await eventually(() => expect(reader.told).toHaveLength(3), { within: 2_000 });
    expect(reader.told[1]).toMatchObject({ event: 'notification', data: { body: about(1) } });
    expect(reader.told[1]?.id).toBe(reader.told[1]?.data.notificationId);
    expect(reader.told[2]).toMatchObject({ event: 'unread-count', data: { unread: 2 } });
  });

  it('shows what any instance has written, on every instance, within about a second', async () => {
    const { id } = await office.somebody();
    const [here, there] = await Promise.all([open(id), open(id, undefined, other.url)]);
    await eventually(() => expect([here.told.length, there.told.length]).toEqual([1, 1]));
    const begun = Date.now();
    await tell(id, 1);
    await eventually(() => expect([here.bodies, there.bodies]).toEqual([[about(1)], [about(1)]]), { within: 3_000 });
    console.log(`on both instances after ${Date.now() - begun} ms`);
  });

  it('resumes where it was lost, on another instance too: all of it, in order, nothing twice', async () => {
    const { id } = await office.somebody();
    const first = await open(id);
    await eventually(() => expect(first.told).toHaveLength(1));
    expect(first.lastId).toBe('beginning');
    first.close();
    for (const n of [1, 2, 3]) {
      await tell(id, n);
      await eventually(async () =>
        expect((await office.booted.call('GET', '/notifications/unread-count', { as: { id } })).body).toEqual({
          unread: n,
        }),
      );
    }
    const second = await open(id, first.lastId, other.url);
    await eventually(() => expect(second.bodies).toEqual([1, 2, 3].map(about)));
    const [, afterFirst] = second.told;
    const third = await open(id, afterFirst?.id);
    await eventually(() => expect(third.bodies).toEqual([2, 3].map(about)));
    await tell(id, 4);
    await eventually(() => expect(third.bodies).toEqual([2, 3, 4].map(about)));
  });

  it('shows nobody what is somebody else’s, whatever id is sent along', async () => {
    const { id } = await office.somebody();
    await tell(id, 1);
    const owner = await open(id, 'beginning');
    await eventually(() => expect(owner.bodies).toHaveLength(1));
    const stranger = await open((await office.somebody()).id, owner.lastId);
    await tell(id, 2);
    await eventually(() => expect(owner.bodies).toHaveLength(2));
    const beats = stranger.heartbeats;
    await eventually(() => expect(stranger.heartbeats).toBeGreaterThan(beats + 2));
    expect(stranger.told.map(({ event, data }) => [event, data])).toEqual([['unread-count', { unread: 0 }]]);
  });

  it('shows that it is alive', async () => {
    const reader = await open((await office.somebody()).id);
    await eventually(() => expect(reader.heartbeats).toBeGreaterThanOrEqual(3));
  });

  it('refuses a person’s eleventh at once, and lets go of those that were closed', async () => {
    const { id } = await office.somebody();
    const mine = await Promise.all(Array.from({ length: 10 }, () => open(id)));
    expect(mine.map(({ response }) => response.status)).toEqual(Array.from({ length: 10 }, () => 200));
    const refused = await open(id);
    expect(refused.response.status).toBe(429);
    expect(await refused.response.json()).toMatchObject({ code: 'notify.too-many-streams' });
    for (const reader of readers.splice(0)) reader.close();
    await eventually(async () => {
      const metrics = await (await fetch(`${office.booted.url}/metrics`)).text();
      expect(metrics).toMatch(/lyceum_notify_open_streams\{service="notify"\} 0/);
    });
    expect((await open(id)).response.status).toBe(200);
  });

  it('ends within seconds when its session does, and no other with it', async () => {
    const { id } = await office.somebody();
    const leaving = await open(id, undefined, office.booted.url, { sid: 'leaving' });
    const staying = await open(id, undefined, office.booted.url, { sid: 'staying' });
    office.booted.issuer.end('leaving');
    await eventually(() => expect(leaving.ended).toBe(true), { within: 5_000 });
    expect(staying.ended).toBe(false);
    expect((await open(id, undefined, office.booted.url, { sid: 'leaving' })).response.status).toBe(401);
  });

  it('ends when the service stops, and does not hold it up', async () => {
    const third = await startAnother();
    const reader = await open((await office.somebody()).id, undefined, third.url);
    await eventually(() => expect(reader.told).toHaveLength(1));
    const begun = Date.now();
    await third.close();
    expect(Date.now() - begun).toBeLessThan(2_000);
    await eventually(() => expect(reader.ended).toBe(true));
  });
});
