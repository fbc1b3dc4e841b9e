import { Body, Controller, Get, HttpCode, Param, Post, Res } from '@nestjs/common';
import { InProcessBus } from '@lyceum/bus';
import { startMongo } from '@lyceum/embedded/mongo';
import { Clock, defineRefusals, newId } from '@lyceum/kernel';
import { Database } from '@lyceum/store';
import { Metrics, createLog } from '@lyceum/telemetry';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { IdempotencyRecords, Idempotent, Public, Roles } from '../src/index.js';
import { eventually } from './eventually.js';
import { type Call, type World, startWorld } from './world.js';

const refusals = defineRefusals('shop', { soldOut: { status: 409, title: 'Sold out' } });
const Order = z.looseObject({ item: z.string() });

class MovedClock extends Clock {
  at = Date.parse('2026-01-01T00:00:00Z');
  now(): Date {
    return new Date(this.at);
  }
}

/** The work that is done, or held, or refused. */
const shop = {
  worked: 0,
  fault: undefined as (() => Error) | undefined,
  before: (): Promise<void> => Promise.resolve(),
};

@Controller('orders')
class Orders {
  @Post()
  @Roles()
  @Idempotent()
  async place(@Body({ schema: Order }) { item }: { item: string }, @Res({ passthrough: true }) reply: FastifyReply) {
    await shop.before();
    if (shop.fault) throw shop.fault();
    shop.worked += 1;
    void reply.header('etag', `"${shop.worked}"`).header('location', `/orders/${shop.worked}`);
    return { number: shop.worked, item };
  }
  @Post('open') @Public() @Idempotent() open() {
    shop.worked += 1;
    return [shop.worked];
  }
  @Post(':id/cancel') @HttpCode(204) @Roles() @Idempotent() cancel(@Param('id') _id: string): void {
    shop.worked += 1;
  }
  @Get() @Roles() count() {
    return { worked: shop.worked };
  }
}

describe('a request with an Idempotency-Key', () => {
  const clock = new MovedClock();
  let world: World;
  let database: Database;
  let stop: () => Promise<void>;
  beforeAll(async () => {
    const given = process.env['MONGODB_URI'];
    const mongo = given ? undefined : await startMongo({ fsync: 'batch' });
    console.log(`idempotency: database ${given ? 'at MONGODB_URI' : 'embedded'}`);
    const bus = new InProcessBus();
    await bus.start();
    database = await Database.connect({
      uri: given ?? mongo?.uri ?? '',
      name: `t${newId().slice(-12)}-http`,
      service: 'probe',
      clock,
      log: createLog({ service: 'probe', level: 'silent', format: 'json' }),
      metrics: new Metrics('probe', { processMetrics: false }),
      bus,
    });
    world = await startWorld(
      [Orders],
      [{ provide: Clock, useValue: clock }, { provide: Database, useValue: database }, IdempotencyRecords],
    );
    await database.prepare();
    stop = async () => {
      await world.close();
      await database.dropAllForTests();
      await database.close();
      await bus.close();
      await mongo?.close();
    };
  });
  afterAll(() => stop(), 20_000);
  beforeEach(() => Object.assign(shop, { worked: 0, fault: undefined, before: () => Promise.resolve() }));

  const post = (key: string | undefined, body: unknown = { item: 'book' }, call: Call = {}, path = '/orders') =>
    world.call('POST', path, {
      as: {},
      body,
      ...call,
      headers: { ...(key === undefined ? {} : { 'idempotency-key': key }), ...call.headers },
    });
  /** Holds the work until `release` is called; `begun` tells that somebody is at it. */
  const hold = () => {
    const begun = Promise.withResolvers<void>();
    const released = Promise.withResolvers<void>();
    shop.before = () => {
      begun.resolve();
      shop.before = () => Promise.resolve();
      return released.promise;
    };
    return { begun: begun.promise, release: released.resolve };
  };

  it('is worked on once; repeated, it gets the same answer and is told so', async () => {
    const key = newId();
    const first = await post(key);
    expect([first.status, first.body, first.headers.get('idempotency-replayed')]).toEqual([
      201,
      { number: 1, item: 'book' },
      null,
    ]);
    for (let i = 0; i < 3; i += 1) {
      const again = await post(key);
      expect([again.status, again.body]).toEqual([201, first.body]);
      for (const name of ['etag', 'location', 'content-type'])
        expect(again.headers.get(name)).toBe(first.headers.get(name));
      expect(again.headers.get('idempotency-replayed')).toBe('true');
    }
    expect(shop.worked).toBe(1);
  });
  it('repeats an answer without a body too', async () => {
    const key = newId();
    for (let i = 0; i < 2; i += 1) {
      const answer = await post(key, {}, {}, '/orders/o1/cancel');
      expect([answer.status, answer.text]).toEqual([204, '']);
    }
    expect(shop.worked).toBe(1);
  });
  it('without a key, or where nothing is idempotent, nothing is remembered', async () => {
    await post(undefined);
    await post(undefined);
    expect(shop.worked).toBe(2);
    const headers = { 'idempotency-key': newId() };
    for (const worked of [2, 3]) {
      shop.worked = worked;
      expect((await world.call('GET', '/orders', { as: {}, headers })).body).toEqual({ worked });
    }
  });
  it('with another body is refused', async () => {
    const key = newId();
    await post(key, { item: 'book' });
    expect(await post(key, { item: 'pen' })).toMatchObject({
      status: 422,
      body: { code: 'http.idempotency-key-reused' },
    });
    expect(shop.worked).toBe(1);
  });
  it.each(['short', 'with space in it', 'x'.repeat(129), '{"$ne":1}', ''])(
    'with the malformed key %j is refused',
    async (key) => {
      expect(await post(key)).toMatchObject({
        status: 400,
        body: { code: 'http.invalid-request', errors: [{ path: 'Idempotency-Key' }] },
      });
      expect(shop.worked).toBe(0);
    },
  );
  it('while the first is being worked on, is told to wait', async () => {
    const key = newId();
    const { begun, release } = hold();
    const first = post(key);
    await begun;
    expect(await post(key)).toMatchObject({ status: 409, body: { code: 'http.request-in-progress' } });
    release();
    expect((await first).status).toBe(201);
    expect(await post(key)).toMatchObject({ status: 201, body: { number: 1 } });
  });
  it('of twenty at once, one works', async () => {
    const key = newId();
    const answers = await Promise.all(Array.from({ length: 20 }, () => post(key)));
    expect(shop.worked).toBe(1);
    for (const { status, body } of answers)
      expect(status === 201 ? body : body['code']).toEqual(
        status === 201 ? { number: 1, item: 'book' } : 'http.request-in-progress',
      );
    expect(answers.some(({ status }) => status === 201)).toBe(true);
  });
  it.each([
    ['refused', 409, () => refusals.soldOut()],
    ['failed', 500, () => new Error('bug')],
  ])('whose first try was %s may be tried again', async (_how, status, fault) => {
    const key = newId();
    shop.fault = fault;
    expect((await post(key)).status).toBe(status);
    shop.fault = undefined;
    expect(await post(key)).toMatchObject({ status: 201, body: { number: 1 } });
    expect((await post(key)).headers.get('idempotency-replayed')).toBe('true');
  });
  it('that was not valid may be corrected under the same key', async () => {
    const key = newId();
    expect((await post(key, { item: 7 })).status).toBe(400);
    expect((await post(key, { item: 'book' })).status).toBe(201);
  });
  it('whose failure could not be written down is free again soon after the database is back', async () => {
    const key = newId();
    const records = world.app.get(IdempotencyRecords);
    jest
      .spyOn(records, 'remove')
      .mockRejectedValueOnce(new Error('away'))
      .mockRejectedValueOnce(new Error('still away'));
    shop.fault = () => new Error('away');
    expect((await post(key)).status).toBe(500);
    shop.fault = undefined;
    expect((await post(key)).status).toBe(409);
    await eventually(async () => expect(await post(key)).toMatchObject({ status: 201, body: { number: 1 } }));
  });

  it('whose answer could not be written down is answered with it soon after the database is back', async () => {
    const key = newId();
    const records = world.app.get(IdempotencyRecords);
    jest.spyOn(records, 'update').mockRejectedValueOnce(new Error('away'));
    expect(await post(key)).toMatchObject({ status: 201, body: { number: 1 } });
    await eventually(async () => {
      const again = await post(key);
      expect(again.headers.get('idempotency-replayed')).toBe('true');
      expect(again).toMatchObject({ status: 201, body: { number: 1 } });
    });
    expect(shop.worked).toBe(1);
  });

  it('that was abandoned is taken over after a minute, by one', async () => {
    const key = newId();
    const { begun, release } = hold();
    const first = post(key);
    await begun;
    clock.at += 59_999;
    expect((await post(key)).status).toBe(409);
    clock.at += 1;
    const taker = hold();
    const others = Promise.withResolvers<void>();
    let told = 0;
    const statuses = Array.from({ length: 8 }, async () => {
      const { status } = await post(key);
      if (status === 409 && (told += 1) === 7) others.resolve();
      return status;
    });
    await others.promise;
    taker.release();
    expect((await Promise.all(statuses)).toSorted((a, b) => a - b)).toEqual([
      201,
      ...Array.from({ length: 7 }, () => 409),
    ]);
    expect(shop.worked).toBe(1);
    // the first was only slow: it is done as well, but what was answered under the key stays
    release();
    expect((await first).body).toMatchObject({ number: 2 });
    expect((await post(key)).body).toMatchObject({ number: 1 });
  });
  it('that fails late does not take the key from whoever has taken it over', async () => {
    const key = newId();
    const { begun, release } = hold();
    const first = post(key);
    await begun;
    clock.at += 60_000;
    expect((await post(key)).status).toBe(201);
    shop.fault = () => refusals.soldOut();
    release();
    expect((await first).status).toBe(409);
    expect(await post(key)).toMatchObject({ status: 201, body: { number: 1 } });
  });
  it('of one caller never meets that of another, nor that of another route', async () => {
    const key = newId();
    const number = async (...made: Parameters<typeof post>) => (await post(...made)).body['number'];
    expect(await number(key, undefined, { as: { sub: 'ada' } })).toBe(1);
    expect(await number(key, undefined, { as: { sub: 'grace' } })).toBe(2);
    expect(await number(key, undefined, { as: { sub: 'ada' } })).toBe(1);
    expect((await post(key, {}, { as: { sub: 'ada' } }, '/orders/o1/cancel')).status).toBe(204);
    expect((await post(key, {}, { as: { sub: 'ada' } }, '/orders/o2/cancel')).status).toBe(204);
    expect(shop.worked).toBe(4);
  });
  it('of a visitor is known by the address', async () => {
    const key = newId();
    const from = async (address: string) => {
      const headers = { 'idempotency-key': key, 'x-forwarded-for': address };
      return (await world.call('POST', '/orders/open', { headers })).text;
    };
    expect([await from('203.0.113.1'), await from('203.0.113.2'), await from('203.0.113.1')]).toEqual([
      '[1]',
      '[2]',
      '[1]',
    ]);
  });
  it('is answered although its answer cannot be kept', async () => {
    const key = newId();
    const { begun, release } = hold();
    const first = post(key);
    await begun;
    await database.native('idempotency_keys').deleteMany({});
    release();
    expect((await first).status).toBe(201);
  });
  it('leaves neither key nor caller in clear behind', async () => {
    const key = newId();
    await post(key, { item: 'book' }, { as: { sub: 'somebody-known' } });
    const records = await database.native('idempotency_keys').find({}).toArray();
    expect(records).not.toEqual([]);
    const all = JSON.stringify(records);
    for (const trace of [key, 'somebody-known', '127.0.0.1', '203.0.113.1']) expect(all).not.toContain(trace);
  });
});
