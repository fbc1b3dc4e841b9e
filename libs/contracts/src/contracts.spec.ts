import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DiagnosticSeverity, Parser } from '@asyncapi/parser';
import { z } from 'zod';
import { allEvents, asyncApi, defineEvent, directMessages, envelop, eventOfType, paymentSucceeded } from './index.js';

const golden = join(__dirname, '../golden');
const samples = (type: string): unknown[] =>
  JSON.parse(readFileSync(join(golden, `${type}.json`), 'utf8')) as unknown[];

describe('every event', () => {
  it.each(allEvents.map((event) => event.type))('%s has golden samples, and they still parse', (type) => {
    const recorded = samples(type);
    expect(recorded.length).toBeGreaterThan(0);
    for (const sample of recorded) expect(eventOfType(type)?.parse(sample)).toMatchObject({ type });
  });
  it('that was ever published has a definition', () => {
    const files = readdirSync(golden).filter((file) => file.endsWith('.json'));
    const recorded = files.map((file) => file.replace(/\.json$/, ''));
    expect(recorded.sort()).toEqual(allEvents.map((event) => event.type).sort());
  });
});

describe('defineEvent', () => {
  it('refuses a type that is not service.what-happened.vN', () => {
    for (const type of ['billing.v1', 'Billing.paid.v1', 'billing.paid', 'billing.paid.v0'])
      expect(() => defineEvent(type, '', z.object({}))).toThrow(RangeError);
  });
  it('refuses an envelope of another type and data that break the contract', () => {
    const [sample] = samples('billing.payment-succeeded.v1') as [Record<string, unknown>];
    expect(() => paymentSucceeded.parse({ ...sample, type: 'billing.payment-declined.v1' })).toThrow(z.ZodError);
    expect(() => paymentSucceeded.parse({ ...sample, data: { paymentId: 'p1' } })).toThrow(/courseId/);
  });
  it('drops fields that a newer publisher added', () => {
    const [sample] = samples('billing.payment-succeeded.v1') as [{ data: object }];
    expect(paymentSucceeded.parse({ ...sample, data: { ...sample.data, added: 1 } }).data).not.toHaveProperty('added');
  });
  it('wraps what a decision made into a CloudEvents envelope that parses again', () => {
    const [sample] = samples('billing.payment-succeeded.v1') as [{ data: z.input<typeof paymentSucceeded.schema> }];
    const about = { id: 'e1', service: 'billing', subject: 'p1', version: 3, time: new Date(0) };
    const envelope = envelop(paymentSucceeded(sample.data), about);
    expect(envelope).toMatchObject({
      source: '/lyceum/billing',
      time: '1970-01-01T00:00:00.000Z',
      aggregateversion: 3,
    });
    expect(paymentSucceeded.parse(JSON.parse(JSON.stringify(envelope))).data).toEqual(sample.data);
  });
});

it('the AsyncAPI document is valid by the AsyncAPI parser', async () => {
  const document = asyncApi(allEvents, new Map([['billing.payment-succeeded.v1', ['enrollment', 'notify']]]));
  const { document: parsed, diagnostics } = await new Parser().parse(JSON.stringify(document));
  expect(diagnostics.filter((each) => each.severity === DiagnosticSeverity.Error)).toEqual([]);
  expect(parsed?.allMessages().length).toBe(allEvents.length + directMessages.length);
  expect(parsed?.allOperations().filterByReceive().length).toBe(2);
});
