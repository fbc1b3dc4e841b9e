import { Writable } from 'node:stream';
import { createLog, currentTrace, inTrace, newTraceparent, parseTraceparent, redactText, traceIdOf } from './index.js';

function logged(write: (log: ReturnType<typeof createLog>) => void): Record<string, unknown>[] {
  const lines: string[] = [];
  const stream = new Writable({ write: (chunk, _encoding, done) => (lines.push(String(chunk)), done()) });
  write(createLog({ service: 'billing', level: 'info', format: 'json', stream }));
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('the log', () => {
  it('never holds secrets or personal data, at any depth', () => {
    const lines = logged((log) =>
      log.info('sign-in of ada@example.com', {
        password: 'hunter2hunter2',
        user: { email: 'ada@example.com', refresh_token: 'abc', 'Stripe-Signature': 't=1' },
        url: 'amqp://guest:guest@broker:5672',
        header: `Bearer eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln`,
      }),
    );
    const text = JSON.stringify(lines);
    for (const secret of ['hunter2', 'ada@', 'abc', 't=1', 'guest:guest', 'eyJ']) expect(text).not.toContain(secret);
    expect(lines[0]).toMatchObject({ level: 'info', service: 'billing', url: 'amqp://[credentials]@broker:5672' });
  });
  it('carries the trace of what caused a line', () => {
    const traceparent = newTraceparent();
    const [line] = logged((log) => inTrace({ traceparent, requestId: 'r1' }, () => log.warn('slow')));
    expect(line).toMatchObject({ traceId: traceIdOf(traceparent), requestId: 'r1' });
  });
  it('keeps one event on one line, and an error with its stack', () => {
    const [line] = logged((log) => log.error('failed\nforged line', new Error('boom')));
    const stack: unknown = expect.stringMatching(/^Error: boom\n +at /);
    expect(line).toMatchObject({
      message: 'failed\\u000aforged line',
      error: { name: 'Error', message: 'boom', stack },
    });
  });
  it.each(['json', 'pretty'] as const)(
    'lets nobody forge a line or steer a terminal by what is written, as %s',
    (format) => {
      const nasty = 'x\r\n{"level":"info","message":"all is well"}\u001b[2J\u009b31m\u2028\u202e';
      const chunks: string[] = [];
      const stream = new Writable({ write: (chunk, _encoding, done) => (chunks.push(String(chunk)), done()) });
      const log = createLog({ service: 'billing', level: 'info', format, stream });
      log.warn(nasty, { [nasty]: nasty, list: [nasty] });
      log.error(nasty, new Error(nasty));
      const text = chunks.join('');
      const lines = text.split('\n').filter((line) => line !== '' && !/^\s+at /.test(line));
      expect(lines).toHaveLength(format === 'json' ? 2 : 3); // an error's stack begins on a line of its own
      for (const steering of ['\r', '\u001b', '\u009b', '\u2028', '\u202e']) {
        expect(text).not.toContain(steering);
      }
    },
  );
});

describe('traces', () => {
  it('from outside are used only when they are well formed', () => {
    const good = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    expect(parseTraceparent(good)).toBe(good);
    for (const bad of ['', 'x', '00-00000000000000000000000000000000-00f067aa0ba902b7-01', 7])
      expect(parseTraceparent(bad)).toBeUndefined();
  });
  it('end with the work that they cover', async () => {
    const traceparent = newTraceparent();
    await inTrace({ traceparent }, async () => {
      await Promise.resolve();
      expect(currentTrace()?.traceparent).toBe(traceparent);
    });
    expect(currentTrace()).toBeUndefined();
  });
});

it('redacts API keys wherever they stand, whole or cut short', () => {
  const key = 'lyk_0Zk3Qw9xV7aBcD2e_4fGh6jKmNpQrStUvWxYz0123456789AbCdEf';
  const lines = logged((log) =>
    log.warn(`refused ${key}`, {
      url: `/courses?key=${key}&page=2`,
      quoted: `{"key":"${key}"}`,
      run: `x${key}, ${key.slice(0, 30)}`,
      'X-Api-Key': 'anything',
      headers: { authorization: `Bearer ${key}` },
      nested: [{ reason: new Error(`no ${key}`) }],
    }),
  );
  const text = JSON.stringify(lines);
  expect(text).not.toMatch(/lyk_|anything|4fGh6j/);
  expect(lines[0]).toMatchObject({ url: '/courses?key=[key]&page=2', run: 'x[key], [key]' });
});

it('redacts keys of the payment and mail providers inside text', () => {
  expect(redactText('sk_test_abcdefghij SG.abcdefghijk.abcdefghijk')).toBe('[key] [key]');
});
