import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import { defineRefusals } from '@lyceum/kernel';
import { Busy, Contention, InvalidCursor, VersionMismatch } from '@lyceum/store';
import { z } from 'zod';
import { PageQuery, Public } from '../src/index.js';
import { type World, startWorld } from './world.js';

const refusals = defineRefusals('probe', { soldOut: { status: 409, title: 'Sold out' } });
const Order = z.strictObject({
  courseId: z.string().min(1),
  note: z.string().max(5).optional(),
  lines: z.array(z.object({ seats: z.int().positive() })).optional(),
});
type Order = z.infer<typeof Order>;
const Loose = z.looseObject({ name: z.string() });

const away = Object.assign(new Error('connect ECONNREFUSED 10.0.0.7:27017'), { name: 'MongoServerSelectionError' });
const errors: Record<string, Error> = {
  refusal: refusals.soldOut('No seat is left', { courseId: 'c1', retryAfterSeconds: 30 }),
  bug: new TypeError('secret detail of the inside'),
  stale: new VersionMismatch(1, 2),
  cursor: new InvalidCursor(),
  busy: new Busy('somebody is at it'),
  contention: new Contention('orders', 'o1', 5),
  away,
  full: Object.assign(new Error('no space left'), { name: 'MongoServerError', code: 14_031 }),
};

@Public()
@Controller('orders')
class Orders {
  @Post() place(@Body({ schema: Order }) order: Order) {
    return order;
  }
  @Post('loose') loose(@Body({ schema: Loose }) body: Record<string, unknown>) {
    const inherited: unknown = Object.getPrototypeOf(body);
    return { keys: Object.keys(body), plain: inherited === Object.prototype };
  }
  @Get() list(@Query({ schema: PageQuery }) query: PageQuery) {
    return query;
  }
  @Get('by/:id') one(@Param('id') id: string) {
    return { id };
  }
  @Get('errors/:kind') fail(@Param('kind') kind: string): never {
    throw errors[kind] ?? new Error(kind);
  }
}

describe('every error is answered as a problem document', () => {
  let world: World;
  beforeAll(async () => (world = await startWorld([Orders])));
  afterAll(() => world.close());
  beforeEach(() => world.lines.splice(0));

  const nested = (depth: number) => `{"courseId":${'['.repeat(depth)}${']'.repeat(depth)}}`;
  const post = (raw: string, type = 'application/json') =>
    ['POST', '/orders', { raw, headers: { 'content-type': type } }] as const;

  it.each([
    ['a refusal', 409, 'probe.sold-out', ['GET', '/orders/errors/refusal']],
    ['a bug', 500, 'http.internal', ['GET', '/orders/errors/bug']],
    ['a stale edit', 412, 'http.stale-edit', ['GET', '/orders/errors/stale']],
    ['a foreign cursor', 400, 'http.invalid-cursor', ['GET', '/orders/errors/cursor']],
    ['somebody else at work', 503, 'http.unavailable', ['GET', '/orders/errors/busy']],
    ['lost races', 503, 'http.unavailable', ['GET', '/orders/errors/contention']],
    ['a database that is away', 503, 'http.unavailable', ['GET', '/orders/errors/away']],
    ['a database whose disk is full', 503, 'http.unavailable', ['GET', '/orders/errors/full']],
    ['an unknown route', 404, 'http.not-found', ['GET', '/nowhere']],
    ['a method that the route has not', 404, 'http.not-found', ['DELETE', '/orders']],
    ['malformed JSON', 400, 'http.malformed-body', post('{"courseId":')],
    ['an empty body', 400, 'http.malformed-body', post('')],
    ['another media type', 415, 'http.unsupported-media-type', post('<order/>', 'application/xml')],
    ['a body that is too large', 413, 'http.body-too-large', post(`{"courseId":"${'x'.repeat(10_001)}"}`)],
    ['a body nested too deeply', 400, 'http.malformed-body', post(nested(4_000))],
    ['a body of the wrong shape', 400, 'http.invalid-request', post('[]')],
    ['a URL that cannot be decoded', 400, 'http.invalid-request', ['GET', '/orders/by/%E0%A4%A']],
    ['an endless URL part', 414, 'http.url-too-long', ['GET', `/orders/by/${'x'.repeat(600)}`]],
    ['__proto__ as a key', 400, 'http.malformed-body', post('{"courseId":"c1","__proto__":{"admin":true}}')],
    ['constructor.prototype as keys', 400, 'http.malformed-body', post('{"constructor":{"prototype":{"admin":true}}}')],
  ] as const)('%s: %i %s', async (_what, status, code, [method, path, call]) => {
    const answer = await world.call(method, path, call);
    expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.body).toMatchObject({ status, code, type: `urn:lyceum:problem:${code}`, title: expect.any(String) });
    expect(answer.body['instance']).toBe(answer.headers.get('x-request-id'));
    expect(answer.status).toBe(status);
  });

  it('headers that are too large', async () => {
    const answer = await world.send(`GET /orders HTTP/1.1\r\nhost: x\r\nx-much: ${'x'.repeat(20_000)}\r\n\r\n`);
    const [head = '', body = ''] = answer.split('\r\n\r\n');
    expect(head).toMatch(/^HTTP\/1\.1 431 /);
    expect(head).toContain('content-type: application/problem+json');
    expect(JSON.parse(body)).toMatchObject({ status: 431, code: 'http.headers-too-large' });
  });

  it('bytes that are not HTTP', async () => {
    const answer = await world.send('SSH-2.0-OpenSSH_9.2\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(JSON.parse(answer.split('\r\n\r\n')[1] ?? '')).toMatchObject({ code: 'http.invalid-request' });
  });

  it('a refusal carries its detail, its members, and when to come back', async () => {
    const { body, headers } = await world.call('GET', '/orders/errors/refusal');
    expect(body).toMatchObject({ title: 'Sold out', detail: 'No seat is left', courseId: 'c1' });
    expect(headers.get('retry-after')).toBe('30');
    expect(world.lines).toEqual([]);
  });

  it('a bug is told to the log with its stack and trace, and to nobody else', async () => {
    const { text, headers } = await world.call('GET', '/orders/errors/bug');
    expect(text).not.toMatch(/secret|TypeError|stack/);
    const [line] = world.lines;
    expect(line).toMatchObject({
      level: 'error',
      message: 'GET /orders/errors/:kind failed',
      requestId: headers.get('x-request-id'),
      error: { name: 'TypeError', message: 'secret detail of the inside' },
    });
    expect(line?.['error']).toHaveProperty('stack', expect.stringContaining('problems.int.spec'));
  });

  it('a mistake of the caller is no line in the log', async () => {
    await world.call(...post('{'));
    await world.call(...post('[]'));
    await world.call('GET', '/nowhere');
    expect(world.lines).toEqual([]);
  });
});

describe('validation', () => {
  let world: World;
  beforeAll(async () => (world = await startWorld([Orders])));
  afterAll(() => world.close());

  it('names every mistake and where it is', async () => {
    const body = { courseId: '', note: 'too long', lines: [{ seats: 1 }, { seats: 0.5 }], extra: 1 };
    const answer = await world.call('POST', '/orders', { body });
    expect(answer.status).toBe(400);
    const wrong = (answer.body['errors'] as { path: string; message: string }[]).map(({ path }) => path);
    expect(wrong.toSorted()).toEqual(['', 'courseId', 'lines.1.seats', 'note']);
  });
  it('lists at most a hundred mistakes', async () => {
    const lines = Array.from({ length: 500 }, () => ({ seats: 0 }));
    const answer = await world.call('POST', '/orders', { body: { courseId: 'c1', lines } });
    expect(answer.body['errors']).toHaveLength(100);
  });
  it('lets no database operator through', async () => {
    for (const courseId of [{ $ne: '' }, { $gt: '' }, ['c1'], null, 1])
      expect(await world.call('POST', '/orders', { body: { courseId } })).toMatchObject({
        status: 400,
        body: { code: 'http.invalid-request', errors: [{ path: 'courseId' }] },
      });
  });
  it('drops prototype keys where other keys may come', async () => {
    const answer = await world.call('POST', '/orders/loose', { raw: '{"name":"x","prototype":1,"constructor":2}' });
    expect(answer).toMatchObject({ status: 201, body: { keys: ['name'], plain: true } });
  });
  it('lets through what is as deep as people write', async () => {
    const answer = await world.call('POST', '/orders/loose', {
      body: { name: 'x', tree: JSON.parse('['.repeat(20) + ']'.repeat(20)) as unknown },
    });
    expect(answer.status).toBe(201);
  });
  it('reads the query of a list with its defaults and bounds', async () => {
    expect((await world.call('GET', '/orders')).body).toEqual({ limit: 20 });
    expect((await world.call('GET', '/orders?limit=100&after=abc')).body).toEqual({ limit: 100, after: 'abc' });
    for (const limit of ['0', '101', '-1', '1.5', 'x', '', '20&limit=30'])
      expect((await world.call('GET', `/orders?limit=${limit}`)).body).toMatchObject({ code: 'http.invalid-request' });
  });
});
