import type { Log } from '@lyceum/telemetry';
import { buildIndexes } from './migration.js';
import type { PersonalFields } from './personal-fields.js';
import type { SealingState } from './sealing-state.js';
import type { Unsealed } from './sealing-pass.js';
import type { IndexSpec, Native, Stored } from './shape.js';

const batch = 200;
const attempts = 5;

/** What a collection with personal fields needs beside its readers and writers: indexes, older documents, erasure. */
export class SealedCollection implements Unsealed {
  constructor(
    private readonly native: Native,
    private readonly fields: PersonalFields,
    private readonly declared: readonly IndexSpec[],
    private readonly log: Log,
  ) {}

  get name(): string {
    return this.native.collectionName;
  }

  get state(): SealingState {
    return this.fields.state;
  }

  /**
   * Look-up values first, then the indexes on them, and only then may those go that keep the clear values apart: at no moment two
   * documents can have one unique value.
   */
  async prepare(settleMs: number): Promise<void> {
    const isEmpty = (await this.native.findOne({}, { projection: { _id: 1 } })) === null;
    await this.state.begin(isEmpty, settleMs);
    const { wanted, whileClear } = this.fields.indexes(this.declared);
    await buildIndexes(this.native, wanted, this.log);
    if (await this.state.isSettled()) return;
    await buildIndexes(this.native, whileClear, this.log);
    await this.addTokens();
  }

  async addTokens(): Promise<void> {
    const clear = this.fields.lookedUpPaths.map((path) => ({ [path]: { $exists: true } }));
    if (clear.length === 0) return;
    for await (const stored of this.native.find({ $or: clear }).batchSize(batch)) await this.tidy(stored);
    await this.dropFormer(({ unique }) => unique === true);
  }

  async tidySome(after: unknown): Promise<{ after: unknown } | undefined> {
    const beyond = typeof after === 'string' ? { _id: { $gt: after } } : {};
    const found = await this.native.find(beyond).sort({ _id: 1 }).limit(batch).toArray();
    for (const stored of found) await this.tidy(stored);
    const last = found.at(-1);
    return last && { after: last._id };
  }

  async tidied(): Promise<void> {
    await this.dropFormer(() => true);
    const { whileClear } = this.fields.indexes(this.declared);
    for (const { name = '' } of whileClear) await this.native.dropIndex(name).catch(whenGone);
  }

  /** Takes out of a person's documents what would still name the person. */
  async forget(owner: string): Promise<void> {
    for await (const stored of this.native.find(this.fields.ofAny([owner]))) await this.tidy(stored);
  }

  /** {@link forget} for those who may be back because the database was restored: then they can be found by their tokens again. */
  async forgetAgain(owners: readonly string[]): Promise<void> {
    if (this.fields.lookedUpPaths.length === 0) return;
    const back = { ...this.fields.ofAny(owners), tokens: { $exists: true } };
    for await (const stored of this.native.find(back)) await this.tidy(stored);
  }

  private async tidy(found: Stored): Promise<void> {
    let stored: Stored | null = found;
    for (let attempt = 1; stored && attempt <= attempts; attempt += 1) {
      const update = await this.fields.tidied(stored);
      if (!update) return;
      const { _id, version }: Stored = stored;
      const done = await this.native.updateOne({ _id, version }, { ...update, $inc: { version: 1 } });
      if (done.matchedCount === 1) return;
      stored = await this.native.findOne({ _id }); // changed meanwhile
    }
  }

  private async dropFormer(which: (index: { unique?: boolean }) => boolean): Promise<void> {
    const { former } = this.fields.indexes(this.declared);
    const present = await this.native.indexes();
    for (const index of present)
      if (index.name !== undefined && former.includes(index.name) && which(index))
        await this.native.dropIndex(index.name).catch(whenGone);
  }
}

function whenGone(error: unknown): void {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code !== 26 && code !== 27) throw error;
}
