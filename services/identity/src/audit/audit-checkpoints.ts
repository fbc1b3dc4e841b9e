import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { CONFIG, Repeating } from '@lyceum/host';
import { Clock, newId } from '@lyceum/kernel';
import { Database } from '@lyceum/store';
import { Log } from '@lyceum/telemetry';
import type { Config } from '../config.js';
import { BEGINNING, type Broken, type Link } from './audit-chain.js';
import { AuditCheckpointsStore } from './audit-checkpoints.store.js';
import { AuditEntriesStore } from './audit-entries.store.js';
import { AuditMetrics } from './audit-metrics.js';
import { AuditVerificationService } from './audit-verification.service.js';
import { type Checkpoint, CheckpointKey } from './checkpoint-key.js';

const HOUR = 3_600_000;
const KEPT = 30 * 24 * HOUR;

/**
 * Signs, one instance at a time, how far the audit log is: only what follows from what was signed before. Each word also goes to
 * the log, which lies elsewhere: it shows that the newest entries and the words about them were taken away together.
 */
@Injectable()
export class AuditCheckpoints implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly rounds: Repeating;

  constructor(
    private readonly entries: AuditEntriesStore,
    private readonly checkpoints: AuditCheckpointsStore,
    private readonly verification: AuditVerificationService,
    private readonly key: CheckpointKey,
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly log: Log,
    private readonly metrics: AuditMetrics,
    @Inject(CONFIG) { AUDIT_CHECKPOINT_SECONDS }: Config,
  ) {
    this.rounds = new Repeating(
      AUDIT_CHECKPOINT_SECONDS * 1_000,
      () => this.signNow().then(() => undefined),
      (error) => log.error('the audit log could not be signed', error),
    );
  }

  onApplicationBootstrap(): void {
    this.rounds.start();
  }

  onModuleDestroy(): Promise<void> {
    return this.rounds.stop();
  }

  /** What was signed; nothing when there is nothing new, when another instance does it, or when the log is not what it was. */
  async signNow(): Promise<Checkpoint | undefined> {
    let signed: Checkpoint | undefined;
    await this.database.leases.hold('audit-checkpoint', 60_000, async (lost) => {
      const before = await this.lastSigned();
      if (before === 'forged') return this.alarm({ problem: 'forged-checkpoint', seq: 0 });
      this.tellOf(before);
      const from: Link = before ?? BEGINNING;
      const entry = from.seq === 0 ? undefined : await this.entries.at(from.seq);
      if (from.seq > 0 && !entry) return this.alarm({ problem: 'cut-off-end', seq: from.seq });
      if (entry && entry.hash !== from.hash) return this.alarm({ problem: 'rewritten-history', seq: from.seq });
      const { last, broken } = await this.verification.walk(from);
      if (broken) return this.alarm(broken);
      this.metrics.broken.set({ look: 'end' }, 0);
      const now = this.clock.now();
      const isNew = last.seq > from.seq || (before !== undefined && now.getTime() - Date.parse(before.at) >= HOUR);
      if (isNew && !lost.aborted) signed = await this.sign(last, now);
    });
    return signed;
  }

  private async sign({ seq, hash }: Link, now: Date): Promise<Checkpoint> {
    const checkpoint: Checkpoint = { seq, hash, at: now.toISOString() };
    const { kid } = this.key.jwk;
    await this.checkpoints.insertOnce({ id: newId(), seq, at: now, kid, jws: await this.key.sign(checkpoint) });
    this.tellOf(checkpoint);
    await this.checkpoints.forgetBefore(new Date(now.getTime() - KEPT));
    this.log.info('the audit log was signed', { seq, hash, kid });
    return checkpoint;
  }

  private async lastSigned(): Promise<Checkpoint | 'forged' | undefined> {
    const stored = await this.checkpoints.latest(this.key.kids);
    return stored && ((await this.key.read(stored.jws)) ?? 'forged');
  }

  private tellOf(signed: Checkpoint | undefined): void {
    this.metrics.signedAt.set(signed ? Date.parse(signed.at) / 1_000 : 0);
  }

  private alarm({ problem, seq }: Broken): void {
    this.metrics.broken.set({ look: 'end' }, 1);
    this.log.error('THE AUDIT LOG IS NOT WHAT WAS WRITTEN; nothing is signed any more', new Error(problem), { seq });
  }
}
