import { performance } from 'node:perf_hooks';
import type mongoose from 'mongoose';
import { isTaken } from './errors.js';

export interface KeptSealing {
  _id: string;
  /** Paths whose encryption has begun. */
  sealed: string[];
  /** From then on the others are encrypted, too: instances that cannot read it must be gone by then. */
  from?: Date;
  /** How far documents have been looked through for what still lies there in clear. */
  after?: unknown;
  /** Nothing does any more. */
  tidyAt?: Date;
}

const lookAgainMs = 1_000;

/**
 * How far the encryption of one collection is. Where there are documents already, it begins some time after the first instance
 * that knows of it has started: until then older instances may run that can only read and write what is clear. Instances learn
 * of it within {@link SealingState.noticedWithinMs}, and after that only of the end.
 */
export class SealingState {
  static readonly collection = 'sealing';
  static readonly noticedWithinMs = 2_000;
  private sealed: ReadonlySet<string> = new Set();
  private complete = false;
  private settled = false;
  private lookedAt = -Infinity;
  private looking: Promise<void> | undefined;

  constructor(
    private readonly collection: string,
    private readonly wanted: readonly string[],
    private readonly kept: () => mongoose.mongo.Collection<KeptSealing>,
  ) {}

  /** Paths that are encrypted when they are written. */
  async paths(): Promise<ReadonlySet<string>> {
    if (!this.complete) await this.lookLately();
    return this.sealed;
  }

  /** Whether nothing lies there in clear any more. */
  async isSettled(): Promise<boolean> {
    if (!this.settled) await this.lookLately();
    return this.settled;
  }

  /** Called at every start. A collection without documents is encrypted at once, one with documents after `settleMs`. */
  async begin(isEmpty: boolean, settleMs: number): Promise<void> {
    const now = new Date();
    const fresh: Omit<KeptSealing, '_id'> = isEmpty ? { sealed: [...this.wanted], tidyAt: now } : { sealed: [] };
    await this.kept()
      .updateOne({ _id: this.collection }, { $setOnInsert: fresh }, { upsert: true })
      .catch((error: unknown) => {
        if (!isTaken(error)) throw error; // another instance starts, too
      });
    const from = new Date(now.getTime() + settleMs);
    await this.kept().updateOne(
      { _id: this.collection, from: { $exists: false }, sealed: { $not: { $all: [...this.wanted] } } },
      { $set: { from }, $unset: { tidyAt: '', after: '' } },
    );
    await this.look();
  }

  /** Whether encryption of further paths is to begin now. */
  async isDue(): Promise<boolean> {
    if (this.complete) return false;
    const kept = await this.read();
    return kept?.from !== undefined && kept.from.getTime() <= Date.now();
  }

  async begun(): Promise<void> {
    const update = { $addToSet: { sealed: { $each: [...this.wanted] } }, $unset: { from: '' as const } };
    await this.kept().updateOne({ _id: this.collection }, update);
    await this.look();
  }

  /** Where to look on; undefined when there is nothing to look for, or not yet. */
  async untidy(): Promise<{ after?: unknown } | undefined> {
    if (this.settled) return undefined;
    const kept = await this.look();
    return this.complete && kept && !kept.tidyAt ? { after: kept.after } : undefined;
  }

  async lookedThrough(after: unknown): Promise<void> {
    await this.kept().updateOne({ _id: this.collection }, { $set: { after } });
  }

  async tidied(): Promise<void> {
    const update = { $set: { tidyAt: new Date() }, $unset: { after: '' as const } };
    await this.kept().updateOne({ _id: this.collection, from: { $exists: false } }, update);
    await this.look();
  }

  private async lookLately(): Promise<void> {
    if (performance.now() - this.lookedAt <= lookAgainMs) return;
    this.looking ??= this.look()
      .then(() => undefined)
      .finally(() => (this.looking = undefined)); // of many writers that come at once, one looks
    await this.looking;
  }

  private async look(): Promise<KeptSealing | undefined> {
    const now = performance.now();
    const kept = await this.read();
    this.sealed = new Set(this.wanted.filter((path) => kept?.sealed.includes(path)));
    this.complete = kept !== undefined && this.sealed.size === this.wanted.length;
    this.settled = this.complete && kept?.tidyAt !== undefined;
    this.lookedAt = now;
    return kept;
  }

  private async read(): Promise<KeptSealing | undefined> {
    return (await this.kept().findOne({ _id: this.collection })) ?? undefined;
  }
}
