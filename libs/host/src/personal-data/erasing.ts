import { type ErasedThings, type KeptThings, erasureReceipts } from '@lyceum/contracts';
import type { IdempotencyRecords } from '@lyceum/http';
import { type DomainEvent, changed, unchanged } from '@lyceum/kernel';
import type { Database, ErasedPerson, Erasure } from '@lyceum/store';
import type { Log } from '@lyceum/telemetry';
import { Repeating } from '../repeating.js';
import type { DeadLettersOf } from './dead-letters.js';
import type { Erased, PersonalData } from './personal-data.js';

/** In ms. */
export interface ErasureTimes {
  /** How often an instance looks for erasures that are to be gone through. */
  readonly look: number;
  /** After that long one that waits for something is gone through again. */
  readonly waiting: number;
  /**
   * Between the first pass and the later ones: for what was under way at the time of the first. The last comes when every retry
   * of an event that was heard before has ended.
   */
  readonly again: readonly number[];
}

export const erasureTimes: ErasureTimes = { look: 5_000, waiting: 15_000, again: [120_000, 1_800_000] };

const leaseMs = 60_000;
const atOnce = 20;

/** The parts of the host that hold something about people, whatever the service is. */
export interface Holdings {
  readonly personalData: PersonalData;
  readonly answers: Pick<IdempotencyRecords, 'forget'>;
}

/** Erases people in one service, and answers with a receipt. Any instance may take over what another has left behind. */
export class Erasing {
  private readonly looking: Repeating;

  constructor(
    private readonly service: string,
    private readonly database: Database,
    private readonly deadLetters: DeadLettersOf,
    private readonly holdings: () => Holdings,
    private readonly log: Log,
    private readonly times: ErasureTimes = erasureTimes,
  ) {
    this.looking = new Repeating(
      times.look,
      () => this.look(),
      (error) => log.warn('looking for erasures failed', { error }),
    );
  }

  start(): void {
    this.looking.start();
  }

  stop(): Promise<void> {
    return this.looking.stop();
  }

  /** Told again, it looks again, and once everything is gone sends the receipt again. */
  async erase(erasure: Erasure): Promise<void> {
    const before = await this.database.erased.begin(erasure);
    if (before.passes > 0) await this.answerAgain(before);
    else await this.pass(before);
  }

  private async look(): Promise<void> {
    await this.database.leases.hold('erasures', leaseMs, async (lost) => {
      for (const person of await this.database.erased.due(this.database.clock.now(), atOnce)) {
        if (lost.aborted) return;
        await this.pass(person).catch((error: unknown) => {
          this.log.error('an erasure is tried again', error, { erasure: person.erasureId });
        });
      }
    });
  }

  /**
   * In this order: what the service holds, then what is still under way, at last the person's key, which makes unreadable whatever
   * lies anywhere else, in backups too; a service that waits may need it to say goodbye. Each step may be done again.
   */
  private async pass(person: ErasedPerson): Promise<void> {
    const { id: userId, erasureId, erasedAt, sealedReceipt } = person;
    const { personalData, answers } = this.holdings();
    const own = await personalData.erase(userId, { userId, erasureId, erasedAt, sealedReceipt });
    const kept = await answers.forget(userId);
    const told = await this.database.forgetTold(userId);
    const parked = await this.deadLetters.forget(userId, erasureId);
    if (!own.waitsFor) await this.database.personalKeys.shred(userId);
    const found = [...own.erased, ...counted('kept answers to requests', kept), ...counted('events', told)];
    await this.note(person, { ...own, erased: [...found, ...counted('dead letters', parked)] });
  }

  private async note({ id }: ErasedPerson, { erased, kept = [], waitsFor }: Erased): Promise<void> {
    const now = this.database.clock.now().getTime();
    if (waitsFor) this.log.info('an erasure waits', { service: this.service, waitsFor });
    await this.database.erased.change(id, (current) => {
      if (!current) throw new Error(`${id} has no tombstone`);
      const sum = added(current.found, erased);
      const passes = waitsFor ? current.passes : current.passes + 1;
      const pause = waitsFor ? this.times.waiting : this.times.again[passes - 1];
      const next: ErasedPerson = {
        ...current,
        found: sum,
        kept: together(kept),
        passes,
        doneAt: passes > 0 ? (current.doneAt ?? new Date(now)) : undefined,
        status: passes > 0 ? 'erased' : 'erasing',
        nextPassAt: pause === undefined ? undefined : new Date(now + pause),
        sealedReceipt: passes > 0 ? undefined : current.sealedReceipt,
      };
      const isNews = passes > 0 && (current.passes === 0 || total(sum) > total(current.found));
      return changed(next, isNews ? [this.receipt(next)] : []);
    });
  }

  private async answerAgain({ id }: ErasedPerson): Promise<void> {
    await this.database.erased.change(id, (current) => {
      if (!current) throw new Error(`${id} has no tombstone`);
      return current.passes === 0 ? unchanged(current) : changed(current, [this.receipt(current)]);
    });
  }

  private receipt({ id: userId, erasureId, found, kept, erasedAt, doneAt = erasedAt }: ErasedPerson): DomainEvent {
    const at = doneAt.toISOString();
    return receiptOf(this.service)({ userId, erasureId, erased: [...found], kept: [...kept], erasedAt: at });
  }
}

/** The receipt that a service answers with. Throws RangeError when the contracts know none of it. */
export function receiptOf(service: string) {
  const receipt = erasureReceipts.find((each) => each.service === service);
  if (!receipt) throw new RangeError(`${service} has no receipt among those of libs/contracts/src/personal-data.ts`);
  return receipt;
}

const counted = (what: string, count: number): ErasedThings[] => (count > 0 ? [{ what, count }] : []);
const total = (things: readonly ErasedThings[]): number => things.reduce((sum, { count }) => sum + count, 0);

function added(before: readonly ErasedThings[], found: readonly ErasedThings[]): ErasedThings[] {
  const sums = new Map(before.map(({ what, count }) => [what, count]));
  for (const { what, count } of found) sums.set(what, (sums.get(what) ?? 0) + count);
  return [...sums].filter(([, count]) => count > 0).map(([what, count]) => ({ what, count }));
}

/** The same said twice is said once. */
const together = (kept: readonly KeptThings[]): KeptThings[] => [
  ...new Map(kept.map((each) => [JSON.stringify(each), each])).values(),
];
