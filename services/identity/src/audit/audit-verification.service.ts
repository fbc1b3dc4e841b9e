import { Injectable } from '@nestjs/common';
import { Clock } from '@lyceum/kernel';
import { Log } from '@lyceum/telemetry';
import { refusals } from '../refusals.js';
import { BEGINNING, type Broken, type Link, follow, moved } from './audit-chain.js';
import { AuditCheckpointsStore } from './audit-checkpoints.store.js';
import { AuditEntriesStore } from './audit-entries.store.js';
import { AuditMetrics } from './audit-metrics.js';
import { type Checkpoint, CheckpointKey } from './checkpoint-key.js';

export interface Verification {
  readonly intact: boolean;
  /** How many were followed without a fault. */
  readonly entries: number;
  /** The last good one. */
  readonly head: Link;
  /** How far, and when, the newest signed word reaches. */
  readonly checkpoint?: Checkpoint | undefined;
  readonly firstBroken?: Broken | undefined;
}

const BATCH = 500;
/** So long after the first entry there must be a signed word about it. */
const UNSIGNED_AT_MOST = 600_000;

/** Looks whether the audit log is what was written: the chain, its end, and what was signed about it. */
@Injectable()
export class AuditVerificationService {
  constructor(
    private readonly entries: AuditEntriesStore,
    private readonly checkpoints: AuditCheckpointsStore,
    private readonly key: CheckpointKey,
    private readonly metrics: AuditMetrics,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /**
   * From the first entry to the last, in batches. `kept` is a checkpoint that somebody has kept elsewhere: whoever could change
   * the database could also take back the newest ones in it. Throws `identity.checkpoint-refused` when our key has not signed it.
   */
  async verify(kept?: string): Promise<Verification> {
    // first, or it could be about entries that are newer than our walk
    const stored = await this.checkpoints.latest(this.key.kids);
    const checkpoint = stored && (await this.key.read(stored.jws));
    const forged = stored && checkpoint?.seq !== stored.seq ? stored.seq : undefined;
    const outside = kept === undefined ? undefined : await this.key.read(kept);
    if (kept !== undefined && !outside) throw refusals.checkpointRefused();
    const { last, broken } = await this.walk(BEGINNING, outside);
    const firstBroken =
      broken ??
      (forged === undefined ? undefined : { problem: 'forged-checkpoint' as const, seq: forged }) ??
      cutOff(last, outside) ??
      cutOff(last, checkpoint) ??
      (checkpoint ? undefined : await this.unsigned(last));
    return { intact: !firstBroken, entries: last.seq, head: last, checkpoint, firstBroken };
  }

  /** Verifies the whole log for nobody in particular: what is wrong is an alarm. Says how many entries were followed. */
  async inspect(): Promise<number> {
    const { intact, entries, firstBroken } = await this.verify();
    this.metrics.broken.set({ look: 'whole' }, intact ? 0 : 1);
    if (firstBroken) {
      const { problem, seq } = firstBroken;
      this.log.error('THE AUDIT LOG IS NOT WHAT WAS WRITTEN', new Error(problem), { seq });
    }
    return entries;
  }

  /** Follows the chain from a link that is known to be good. */
  async walk(from: Link, outside?: Checkpoint): Promise<{ last: Link; broken?: Broken }> {
    let last = from;
    for (;;) {
      const batch = await this.entries.after(last.seq, BATCH);
      const { last: good, broken } = follow(last, batch);
      const hashes = new Map(batch.filter(({ seq }) => seq <= good.seq).map(({ seq, hash }) => [seq, hash]));
      const signed = await this.contradicted(last.seq, good.seq, hashes, outside);
      if (signed) return { last: good, broken: signed };
      last = good;
      if (broken) return { last, broken: moved(broken, last, await this.entries.successorOf(last)) };
      if (batch.length < BATCH) return { last };
    }
  }

  /** The first of the signed words about these entries that does not fit them. */
  private async contradicted(
    after: number,
    to: number,
    hashes: ReadonlyMap<number, string>,
    outside: Checkpoint | undefined,
  ): Promise<Broken | undefined> {
    if (to <= after) return undefined;
    for (const { seq, jws } of await this.checkpoints.between(this.key.kids, after, to)) {
      const checkpoint = await this.key.read(jws);
      if (checkpoint?.seq !== seq) return { problem: 'forged-checkpoint', seq };
      if (hashes.get(seq) !== checkpoint.hash) return { problem: 'rewritten-history', seq };
    }
    const known = outside && hashes.get(outside.seq);
    return known !== undefined && known !== outside?.hash
      ? { problem: 'rewritten-history', seq: outside?.seq ?? to }
      : undefined;
  }

  private async unsigned(last: Link): Promise<Broken | undefined> {
    const first = last.seq > 0 ? await this.entries.at(1) : undefined;
    const overdue = first && this.clock.now().getTime() - first.at.getTime() > UNSIGNED_AT_MOST;
    return overdue ? { problem: 'no-checkpoint', seq: last.seq } : undefined;
  }
}

const cutOff = (last: Link, checkpoint: Checkpoint | undefined): Broken | undefined =>
  checkpoint && checkpoint.seq > last.seq ? { problem: 'cut-off-end', seq: last.seq + 1 } : undefined;
