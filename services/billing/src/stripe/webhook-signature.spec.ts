import { createHmac } from 'node:crypto';
// oxlint-disable-next-line import/no-named-as-default -- stripe's CommonJS build, which Jest loads, has no named export
import Stripe from 'stripe';
import { isSigned } from './webhook-signature.js';

const secrets = ['whsec_new_secret', 'whsec_old_secret'];
const body = Buffer.from('{"id":"evt_1","name":"Zoë"}');
const now = new Date('2026-11-20T09:00:00Z');
const second = now.getTime() / 1_000;
const sign = (timestamp: number | string, secret: string, payload = body) =>
  createHmac('sha256', secret).update(`${timestamp}.`).update(payload).digest('hex');
const header = (timestamp: number | string, ...signatures: string[]) =>
  [`t=${timestamp}`, ...signatures.map((signature) => `v1=${signature}`)].join(',');

const holds = (value: unknown, payload = body) => isSigned(payload, value, secrets, now);

describe('a webhook’s signature', () => {
  it('holds with each of our secrets', () => {
    for (const secret of secrets) expect(holds(header(second, sign(second, secret)))).toBe(true);
  });

  it('is the one that Stripe’s own library makes', () => {
    const options = { payload: body.toString(), secret: 'whsec_old_secret', timestamp: second };
    expect(holds(Stripe.webhooks.generateTestHeaderString(options))).toBe(true);
  });

  it('holds when one of several does, as while a secret is being rotated', () => {
    expect(holds(header(second, sign(second, 'whsec_gone'), sign(second, 'whsec_old_secret')))).toBe(true);
    expect(holds(`${header(second, sign(second, 'whsec_new_secret'))},v0=ab`)).toBe(true);
  });

  it.each([-300, 300])('holds %i s away from our clock, and not a second more', (away) => {
    const signedAt = (t: number) => header(t, sign(t, 'whsec_new_secret'));
    expect(holds(signedAt(second + away))).toBe(true);
    expect(holds(signedAt(second + away + Math.sign(away)))).toBe(false);
  });

  it('does not hold for another body, secret or time', () => {
    const good = sign(second, 'whsec_new_secret');
    expect(holds(header(second, good), Buffer.from('{"id":"evt_2"}'))).toBe(false);
    expect(holds(header(second, sign(second, 'whsec_forged')))).toBe(false);
    expect(holds(header(second + 1, good))).toBe(false);
  });

  const good = sign(second, 'whsec_new_secret');
  it.each<[string, unknown]>([
    ['none', undefined],
    ['several', [header(second, good), header(second, good)]],
    ['empty', ''],
    ['without a time', `v1=${good}`],
    ['without a signature', `t=${second}`],
    ['with two times', `t=${second},t=${second},v1=${good}`],
    ['with a time that is no number', `t=NaN,v1=${good}`],
    ['with a negative time', `t=-${second},v1=${good}`],
    ['with a fraction of a time', `t=${second}.5,v1=${sign(`${second}.5`, 'whsec_new_secret')}`],
    ['with an endless time', `t=${'9'.repeat(400)},v1=${good}`],
    ['with a short signature', `t=${second},v1=${good.slice(2)}`],
    ['with letters that are not hexadecimal', `t=${second},v1=${'z'.repeat(64)}`],
    ['with characters outside of ASCII', `t=${second},v1=${'é'.repeat(64)}`],
    ['of the old scheme only', `t=${second},v0=${good}`],
    ['with a thousand signatures', header(second, ...Array.from({ length: 1_000 }, () => good))],
    ['of rubbish', ',,,===,,t=,v1='],
  ])('does not hold when the header is malformed: %s', (_, value) => {
    expect(holds(value)).toBe(false);
  });
});
