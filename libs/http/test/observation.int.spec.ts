import { Body, Controller, Get, Param, Post } from '@nestjs/common';
import { currentTrace, traceIdOf } from '@lyceum/telemetry';
import { z } from 'zod';
import { Public } from '../src/index.js';
import { type World, startWorld } from './world.js';

const Anything = z.looseObject({});

@Public()
@Controller('things')
class Things {
  @Get(':id') async one(@Param('id') id: string) {
    await Promise.resolve();
    return { id, ...currentTrace() };
  }
  @Post() async make(@Body({ schema: Anything }) _body: unknown) {
    await Promise.resolve();
    return { ...currentTrace() };
  }
  @Post('fail') fail(@Body({ schema: Anything }) _body: unknown): never {
    throw new Error('bug');
  }
}

describe('what a request leaves behind', () => {
  let world: World;
  beforeAll(async () => (world = await startWorld([Things])));
  afterAll(() => world.close());

  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

  it('the id and the trace that came in reach the handler, also behind a body', async () => {
    const headers = { traceparent, 'x-request-id': 'edge-12345678' };
    for (const [method, path, body] of [
      ['GET', '/things/1'],
      ['POST', '/things', { large: 'x'.repeat(9_000) }],
    ] as const) {
      const answer = await world.call(method, path, { headers, ...(body ? { body } : {}) });
      expect(answer.body).toMatchObject({ traceparent, requestId: 'edge-12345678' });
      expect(answer.headers.get('x-request-id')).toBe('edge-12345678');
    }
  });
  it('nor is it lost when the body arrives later, or after another request of the connection', async () => {
    const head = (id: string, connection: string) =>
      `POST /things HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nx-request-id: ${id}\r\nconnection: ${connection}\r\ncontent-length: 2\r\n\r\n`;
    const text = await world.send(head('packet-one', 'keep-alive'), '{', '}', head('packet-two', 'close'), '{', '}');
    expect(text.match(/"requestId":"[^"]+"/g)).toEqual(['"requestId":"packet-one"', '"requestId":"packet-two"']);
  });
  it('parallel requests with bodies keep to themselves', async () => {
    const ids = Array.from({ length: 30 }, (_, i) => `request-${1000 + i}`);
    const answers = await Promise.all(
      ids.map((id) => world.call('POST', '/things', { body: {}, headers: { 'x-request-id': id } })),
    );
    expect(answers.map(({ body }) => body['requestId'])).toEqual(ids);
    expect(new Set(answers.map(({ body }) => traceIdOf(String(body['traceparent'])))).size).toBe(30);
  });
  it('a malformed id or trace is replaced', async () => {
    for (const bad of ['short', 'has space in it', 'x'.repeat(101), '<script>alert(1)</script>']) {
      const { headers, body } = await world.call('GET', '/things/1', {
        headers: { 'x-request-id': bad, traceparent: bad },
      });
      expect(headers.get('x-request-id')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
      expect(body['traceparent']).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    }
  });
  it('a failure behind a body is logged under its request and trace', async () => {
    const headers = { traceparent, 'x-request-id': 'edge-failing' };
    await world.call('POST', '/things/fail', { body: {}, headers });
    expect(world.lines).toContainEqual(
      expect.objectContaining({
        message: 'POST /things/fail failed',
        requestId: 'edge-failing',
        traceId: traceIdOf(traceparent),
      }),
    );
  });
  it('is measured by the pattern of its route, never by its URL', async () => {
    world.metrics.registry.resetMetrics();
    await world.call('GET', '/things/1?secret=2');
    await world.call('GET', '/things/2');
    await world.call('GET', '/no/such/route');
    await world.call('POST', '/things', { raw: '{' });
    const text = await world.metrics.registry.metrics();
    const counts = text.split('\n').filter((line) => line.includes('_duration_seconds_count'));
    const count = (...labels: string[]) =>
      counts.find((line) => labels.every((label) => line.includes(label)))?.split(' ')[1];
    expect(count('method="GET"', 'route="/things/:id"', 'status="200"')).toBe('2');
    expect(count('route="none"', 'status="404"')).toBe('1');
    expect(count('method="POST"', 'route="/things"', 'status="400"')).toBe('1');
    expect(text).not.toMatch(/things\/1|such|secret/);
  });
});
