import type { Stage } from './shopper.js';

/** Amounts in minor units by currency. */
export type Sums = Readonly<Record<string, number>>;

export interface MailFact {
  readonly deliveryId: string;
  readonly kind: string;
  readonly to: string;
}
interface Owned {
  readonly learner: string;
  readonly courseId: string;
}
interface OfInstance {
  readonly instance: string;
  readonly value: number;
}

/** What can be seen of the platform from outside when all is over. */
export interface Facts {
  readonly payments: readonly (Owned & { paymentId: string; status: string; amount: number; currency: string })[];
  readonly enrolments: readonly (Owned & { status: string })[];
  readonly progress: readonly (Owned & { percent: number; completed: boolean })[];
  readonly certificates: readonly Owned[];
  readonly notifications: number;
  readonly mails: readonly MailFact[];
  /** Successful charges at the payment provider, less what went back. */
  readonly charges: readonly { amount: number; currency: string }[];
  readonly queues: readonly { name: string; messages: number }[];
  readonly outboxes: readonly OfInstance[];
  /** What lies with the provider, as each instance of billing counts it. */
  readonly ledgers: readonly { instance: string; stripe: Sums }[];
  readonly ledgerExcess: readonly OfInstance[];
  readonly paidNotEntitled: readonly OfInstance[];
  readonly mismatched: readonly OfInstance[];
  readonly failedMails: readonly OfInstance[];
  readonly tokensRefused: number;
  readonly selfEnded: readonly string[];
}

/** A purchase as its client saw it. */
export interface Bought extends Owned {
  readonly stage: Stage;
  readonly paymentId?: string;
  readonly unexpected: readonly string[];
}

export interface Expected {
  readonly purchases: readonly Bought[];
  /** After the last fault: until everything that had waited then had left the outboxes. */
  readonly drainMs: number | undefined;
  /** How many mails may have been handed over twice. */
  readonly repeatedMails: number;
  /** Victims that did not come up again. */
  readonly failed: readonly string[];
}

export interface Verdict {
  readonly rule: string;
  readonly holds: boolean;
  /** What was found: the number, and the first few that are wrong. */
  readonly found: string;
}

export const drainLimitMs = 30_000;
const mailKinds = ['payment-received', 'enrolment-active', 'certificate-issued'];
const noticesOfOne = 4; // paid, enrolled, completed, certified

/** Judges a run. Every rule is about what was seen; nothing is taken from what the platform says of itself alone. */
export function judge({ purchases, drainMs, repeatedMails, failed }: Expected, facts: Facts): Verdict[] {
  const count = purchases.length;
  const oneEach = (rule: string, items: readonly Owned[], all: readonly Owned[] = items): Verdict => {
    const found = Map.groupBy(items, keyOf);
    const wrong = purchases.filter((purchase) => found.get(keyOf(purchase))?.length !== 1).map(keyOf);
    const strangers = all.filter((item) => !items.includes(item)).map(keyOf);
    const what = `${items.length}${strangers.length > 0 ? ` and ${strangers.length} of another kind` : ''}`;
    const holds = wrong.length === 0 && items.length === count && strangers.length === 0;
    return { rule, holds, found: `${what}${some([...wrong, ...strangers])}` };
  };
  const none = (rule: string, wrong: readonly string[]): Verdict => ({
    rule,
    holds: wrong.length === 0,
    found: wrong.length === 0 ? 'none' : `${wrong.length}${some(wrong)}`,
  });
  const zero = (rule: string, values: readonly OfInstance[]): Verdict => ({
    rule,
    holds: values.length > 0 && values.every(({ value }) => value === 0),
    found: values.map(({ instance, value }) => `${instance}: ${value}`).join(', ') || 'not told by any instance',
  });
  const paid = facts.payments.filter(({ status }) => status === 'paid');
  const charged = sumsOf(facts.charges);
  const deadLetters = facts.queues.filter(({ name, messages }) => name.endsWith('.dead') && messages > 0);
  const waiting = facts.queues.filter(({ name, messages }) => messages > 0 && !/\.(dead|bindings)$/.test(name));
  const lines = (queues: Facts['queues']) => queues.map(({ name, messages }) => `${name}: ${messages}`);
  const ofKind = (kind: string) => facts.mails.filter((mail) => mail.kind === kind);
  const repeated = facts.mails.length - new Set(facts.mails.map(({ deliveryId }) => deliveryId)).size;

  return [
    none(
      'every purchase came to its end',
      purchases.flatMap((each) => (each.stage === 'done' ? [] : [`${keyOf(each)}: waits for ${each.stage}`])),
    ),
    none(
      'no answer that a fault does not explain',
      purchases.flatMap(({ unexpected }) => unexpected),
    ),
    oneEach(`exactly ${count} payments`, paid, facts.payments),
    {
      rule: 'the payment is the one that the client was given',
      ...sameIds(purchases, paid),
    },
    oneEach(
      `exactly ${count} active enrolments`,
      facts.enrolments.filter(({ status }) => status === 'active'),
      facts.enrolments,
    ),
    oneEach(
      `exactly ${count} progress records, all complete`,
      facts.progress.filter(({ percent, completed }) => completed && percent === 100),
      facts.progress,
    ),
    oneEach(`exactly ${count} certificates`, facts.certificates),
    ...mailKinds.map((kind) => {
      const distinct = new Set(ofKind(kind).map(({ deliveryId }) => deliveryId)).size;
      return { rule: `exactly ${count} mails: ${kind}`, holds: distinct === count, found: String(distinct) };
    }),
    ...perLearner(purchases, facts.mails),
    {
      rule: `mails handed over twice (at most ${repeatedMails}: under way at a kill of notify)`,
      holds: repeated <= repeatedMails,
      found: String(repeated),
    },
    {
      rule: `exactly ${count * noticesOfOne} notifications`,
      holds: facts.notifications === count * noticesOfOne,
      found: String(facts.notifications),
    },
    none('no mail failed', nonZero(facts.failedMails)),
    none('no dead letters', lines(deadLetters)),
    none('nothing waits in a queue', lines(waiting)),
    zero('nothing waits in an outbox', facts.outboxes),
    {
      rule: `what had waited left within ${drainLimitMs / 1_000} s of the last restart`,
      holds: drainMs !== undefined && drainMs <= drainLimitMs,
      found: drainMs === undefined ? 'never' : `${(drainMs / 1_000).toFixed(1)} s`,
    },
    zero('the ledger balances', facts.ledgerExcess),
    {
      rule: 'our ledger holds what the payment provider holds',
      holds: facts.ledgers.length > 0 && facts.ledgers.every(({ stripe }) => same(stripe, charged)),
      found: `provider ${wordsOf(charged)}; ${facts.ledgers.map(({ instance, stripe }) => `${instance} ${wordsOf(stripe)}`).join(', ') || 'no ledger'}`,
    },
    zero('paid and not entitled: 0', facts.paidNotEntitled),
    none('nothing at the provider differs from what was agreed', nonZero(facts.mismatched)),
    none('no good token was refused', facts.tokensRefused > 0 ? [`${facts.tokensRefused} times`] : []),
    none('no process ended by itself', facts.selfEnded),
    none('every victim came up again', failed),
  ];
}

const keyOf = ({ learner, courseId }: Owned): string => `${learner} ${courseId}`;
const some = (wrong: readonly string[]): string => (wrong.length === 0 ? '' : ` (${wrong.slice(0, 3).join('; ')})`);
const nonZero = (values: readonly OfInstance[]): string[] =>
  values.flatMap(({ instance, value }) => (value > 0 ? [`${instance}: ${value}`] : []));

function sameIds(purchases: readonly Bought[], paid: Facts['payments']): Pick<Verdict, 'holds' | 'found'> {
  const ids = new Set(paid.map(({ paymentId }) => paymentId));
  const lost = purchases.flatMap(({ paymentId }) =>
    paymentId !== undefined && !ids.has(paymentId) ? [paymentId] : [],
  );
  return { holds: lost.length === 0, found: lost.length === 0 ? 'yes' : `not ${lost.length}${some(lost)}` };
}

/** The mails of every kind went to whom they are for: as many to each as each has bought. */
function perLearner(purchases: readonly Bought[], mails: readonly MailFact[]): Verdict[] {
  const bought = Map.groupBy(purchases, ({ learner }) => learner);
  const wrong = mailKinds.flatMap((kind) =>
    [...bought].flatMap(([learner, theirs]) => {
      const got = new Set(
        mails.filter((mail) => mail.kind === kind && mail.to === learner).map((mail) => mail.deliveryId),
      );
      return got.size === theirs.length ? [] : [`${learner}: ${got.size} ${kind} for ${theirs.length}`];
    }),
  );
  const found = wrong.length === 0 ? 'yes' : `${wrong.length} are wrong${some(wrong)}`;
  return [{ rule: 'every mail went to whom it is for', holds: wrong.length === 0, found }];
}

function sumsOf(charges: Facts['charges']): Sums {
  const sums: Record<string, number> = {};
  for (const { amount, currency } of charges) sums[currency] = (sums[currency] ?? 0) + amount;
  return sums;
}

const same = (one: Sums, other: Sums): boolean =>
  [...new Set([...Object.keys(one), ...Object.keys(other)])].every((key) => (one[key] ?? 0) === (other[key] ?? 0));
const wordsOf = (sums: Sums): string =>
  Object.entries(sums)
    .map(([currency, amount]) => `${(amount / 100).toFixed(2)} ${currency}`)
    .join(' + ') || '0';
