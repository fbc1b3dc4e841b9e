import { type ErasedThings, type KeptThings, erasureReceipts, erasureUnanswered } from '@lyceum/contracts';
import { type Change, changed, unchanged } from '@lyceum/kernel';

/** What one service has answered. */
export interface Receipt {
  readonly service: string;
  /** `aggregateversion` of the event: a later one tells more. */
  readonly version: number;
  readonly erased: readonly ErasedThings[];
  readonly kept: readonly KeptThings[];
  readonly at: Date;
}

/** That somebody was erased, by whose wish, and what every service has answered. Nothing in it leads to a person. */
export interface Erasure {
  readonly id: string;
  /** The account that is no more. */
  readonly userId: string;
  readonly by: 'owner' | 'admin';
  readonly adminId?: string | undefined;
  readonly reason?: string | undefined;
  readonly begunAt: Date;
  readonly status: 'waiting' | 'complete';
  readonly completeAt?: Date | undefined;
  readonly receipts: readonly Receipt[];
  /** How often the services that have not answered were asked again. */
  readonly asked: number;
}

export type Begun = Pick<Erasure, 'id' | 'userId' | 'by' | 'adminId' | 'reason'>;

const MINUTE = 60_000;
const first = 15 * MINUTE;
const longest = 24 * 60 * MINUTE;
const timer = 'ask-again';

/** Whoever keeps anything answers. */
export const expected: readonly string[] = erasureReceipts.map(({ service }) => service);

export const missing = ({ receipts }: Erasure): string[] =>
  expected.filter((service) => !receipts.some((receipt) => receipt.service === service));

/** Told again, it has begun already. */
export function begin(current: Erasure | undefined, begun: Begun, now: Date): Change<Erasure> {
  if (current) return unchanged(current);
  const erasure: Erasure = { ...begun, begunAt: now, status: 'waiting', receipts: [], asked: 0 };
  return changed(erasure, [], { set: [nextAsking(erasure, now)] });
}

/** A receipt came; one that came before, or an older one, changes nothing. The last that was missing makes it complete. */
export function receive(erasure: Erasure, receipt: Receipt, now: Date): Change<Erasure> {
  const known = erasure.receipts.find(({ service }) => service === receipt.service);
  if (known && known.version >= receipt.version) return unchanged(erasure);
  const others = erasure.receipts.filter(({ service }) => service !== receipt.service);
  const receipts = [...others, receipt].sort((a, b) => a.service.localeCompare(b.service));
  const next = { ...erasure, receipts };
  if (erasure.status === 'complete' || missing(next).length > 0) return changed(next);
  return changed({ ...next, status: 'complete', completeAt: now }, [], { cancel: [timer] });
}

/** Time to ask those that have not answered, and to look again later, each time later. */
export function askAgain(erasure: Erasure, now: Date): Change<Erasure> {
  if (erasure.status === 'complete') return unchanged(erasure);
  const next = { ...erasure, asked: erasure.asked + 1 };
  return changed(next, [], { set: [nextAsking(next, now)] });
}

function nextAsking({ id: erasureId, userId, asked }: Erasure, now: Date) {
  const at = new Date(now.getTime() + Math.min(longest, first * 2 ** asked));
  return { key: timer, at, event: erasureUnanswered({ userId, erasureId }) };
}
