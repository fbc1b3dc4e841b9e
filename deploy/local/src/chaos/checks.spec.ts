import { type Bought, type Expected, type Facts, judge } from './checks.js';

const pairs = ['ann', 'bob'].flatMap((learner) => ['c1', 'c2'].map((courseId) => ({ learner, courseId })));
const idOf = ({ learner, courseId }: { learner: string; courseId: string }) => `p-${learner}-${courseId}`;
const purchases = pairs.map((pair): Bought => ({ ...pair, stage: 'done', paymentId: idOf(pair), unexpected: [] }));
const expected: Expected = { purchases, drainMs: 2_000, repeatedMails: 1, failed: [] };
const mail = (kind: string, pair: { learner: string; courseId: string }) => ({
  deliveryId: `${kind}-${idOf(pair)}`,
  kind,
  to: pair.learner,
});

/** What a run leaves behind that lost nothing. */
const whole: Facts = {
  payments: pairs.map((pair) => ({ ...pair, paymentId: idOf(pair), status: 'paid', amount: 1_000, currency: 'EUR' })),
  enrolments: pairs.map((pair) => ({ ...pair, status: 'active' })),
  progress: pairs.map((pair) => ({ ...pair, percent: 100, completed: true })),
  certificates: pairs,
  notifications: 16,
  mails: ['payment-received', 'enrolment-active', 'certificate-issued'].flatMap((kind) =>
    pairs.map((pair) => mail(kind, pair)),
  ),
  charges: pairs.map(() => ({ amount: 1_000, currency: 'EUR' })),
  queues: [
    { name: 'billing', messages: 0 },
    { name: 'billing.dead', messages: 0 },
    { name: 'billing.bindings', messages: 1 },
  ],
  outboxes: [{ instance: 'billing/1', value: 0 }],
  ledgers: [{ instance: 'billing/1', stripe: { EUR: 4_000 } }],
  ledgerExcess: [{ instance: 'billing/1', value: 0 }],
  paidNotEntitled: [{ instance: 'billing/1', value: 0 }],
  mismatched: [],
  failedMails: [],
  tokensRefused: 0,
  selfEnded: [],
};
const broken = (facts: Partial<Facts>, run: Partial<Expected> = {}) =>
  judge({ ...expected, ...run }, { ...whole, ...facts })
    .filter(({ holds }) => !holds)
    .map(({ rule }) => rule);
const [first] = pairs;
if (!first) throw new Error('there are no pairs');
const atOne = (value: number) => [{ instance: 'billing/1', value }];

describe('the checks', () => {
  it('find nothing wrong with a run that lost nothing', () => {
    expect(broken({})).toEqual([]);
  });

  const cases: [string, Partial<Facts>, string][] = [
    ['a payment made twice', { payments: [...whole.payments, ...whole.payments.slice(0, 1)] }, 'exactly 4 payments'],
    [
      'a payment that is not the one that the client was given',
      { payments: whole.payments.map((each, n) => (n === 0 ? { ...each, paymentId: 'another' } : each)) },
      'the payment is the one that the client was given',
    ],
    [
      'a payment that nobody finished beside the paid ones',
      { payments: [...whole.payments, { ...first, paymentId: 'x', status: 'expired', amount: 1, currency: 'EUR' }] },
      'exactly 4 payments',
    ],
    ['a lost enrolment', { enrolments: whole.enrolments.slice(1) }, 'exactly 4 active enrolments'],
    [
      'an enrolment that is still pending',
      { enrolments: whole.enrolments.map((each, n) => (n === 0 ? { ...each, status: 'pending' } : each)) },
      'exactly 4 active enrolments',
    ],
    [
      'an enrolment of somebody else in place of one’s own',
      { enrolments: [{ learner: 'eve', courseId: 'c1', status: 'active' }, ...whole.enrolments.slice(1)] },
      'exactly 4 active enrolments',
    ],
    [
      'progress that got lost',
      { progress: whole.progress.map((each, n) => (n === 0 ? { ...each, percent: 0, completed: false } : each)) },
      'exactly 4 progress records, all complete',
    ],
    ['a certificate issued twice', { certificates: [...pairs, first] }, 'exactly 4 certificates'],
    ['a lost notification', { notifications: 15 }, 'exactly 16 notifications'],
    ['a mail that failed for good', { failedMails: atOne(1) }, 'no mail failed'],
    ['a dead letter', { queues: [{ name: 'billing.dead', messages: 1 }] }, 'no dead letters'],
    [
      'a message that waits for a retry',
      { queues: [{ name: 'media.retry.1000', messages: 1 }] },
      'nothing waits in a queue',
    ],
    ['an event in an outbox', { outboxes: atOne(1) }, 'nothing waits in an outbox'],
    ['no instance that tells of its outbox', { outboxes: [] }, 'nothing waits in an outbox'],
    ['a ledger that does not balance', { ledgerExcess: atOne(-1) }, 'the ledger balances'],
    [
      'a cent too little in the ledger',
      { ledgers: [{ instance: 'billing/1', stripe: { EUR: 3_999 } }] },
      'our ledger holds what the payment provider holds',
    ],
    [
      'another currency in the ledger',
      { ledgers: [{ instance: 'billing/1', stripe: { EUR: 4_000, USD: 1 } }] },
      'our ledger holds what the payment provider holds',
    ],
    [
      'a charge that was made twice',
      { charges: [...whole.charges, { amount: 1_000, currency: 'EUR' }] },
      'our ledger holds what the payment provider holds',
    ],
    ['somebody who paid for nothing', { paidNotEntitled: atOne(1) }, 'paid and not entitled: 0'],
    [
      'a payment that is not what was agreed',
      { mismatched: atOne(2) },
      'nothing at the provider differs from what was agreed',
    ],
    ['a good token that was refused', { tokensRefused: 1 }, 'no good token was refused'],
    ['a process that crashed', { selfEnded: ['billing/1: code 1'] }, 'no process ended by itself'],
  ];
  it.each(cases)('see %s', (_, facts, rule) => {
    expect(broken(facts)).toEqual([rule]);
  });

  it('see a lost payment', () => {
    const rules = ['exactly 4 payments', 'the payment is the one that the client was given'];
    expect(broken({ payments: whole.payments.slice(1) })).toEqual(rules);
  });

  it('see a lost mail, and one that went to somebody else', () => {
    const rules = ['exactly 4 mails: payment-received', 'every mail went to whom it is for'];
    expect(broken({ mails: whole.mails.slice(1) })).toEqual(rules);
    const astray = whole.mails.map((each, n) => (n === 0 ? { ...each, to: 'eve' } : each));
    expect(broken({ mails: astray })).toEqual(rules.slice(1));
  });

  it('forgive as many repeated mails as were under way at a kill, and no more', () => {
    const again = whole.mails.slice(0, 2);
    expect(broken({ mails: [...whole.mails, ...again.slice(1)] })).toEqual([]);
    expect(broken({ mails: [...whole.mails, ...again] })).toEqual([
      'mails handed over twice (at most 1: under way at a kill of notify)',
    ]);
  });

  it('see a purchase that got stuck, an answer that nothing explains, and events that stayed too long', () => {
    const [one] = purchases;
    if (!one) throw new Error('there are no purchases');
    const others = purchases.slice(1);
    expect(broken({}, { purchases: [{ ...one, stage: 'lesson' }, ...others] })).toEqual([
      'every purchase came to its end',
    ]);
    expect(broken({}, { purchases: [{ ...one, unexpected: ['409'] }, ...others] })).toEqual([
      'no answer that a fault does not explain',
    ]);
    expect(broken({}, { failed: ['kill -9 broker: it did not come up'] })).toEqual(['every victim came up again']);
    const late = ['what had waited left within 30 s of the last restart'];
    expect(broken({}, { drainMs: 30_001 })).toEqual(late);
    expect(broken({}, { drainMs: undefined })).toEqual(late);
  });
});
