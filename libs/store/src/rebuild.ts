import { performance } from 'node:perf_hooks';
import { newId } from '@lyceum/kernel';
import type mongoose from 'mongoose';
import type { Database } from './database.js';
import { Busy, isTaken } from './errors.js';

/**
 * announced: writers learn of the copy; filling: the past is told to it; replacing: it takes the projection's place;
 * done or failed: it was, or was not.
 */
export type RebuildStatus = 'announced' | 'filling' | 'replacing' | 'done' | 'failed';

/** How much of one event type's past has been told. */
export interface RebuildSource {
  readonly type: string;
  readonly publisher: string;
  readonly parts: number;
  readonly events: number;
  /** Where the next part begins. */
  readonly after?: string;
  readonly complete: boolean;
  /** When the next part was last asked for, and how often it was since the last one came. */
  readonly askedAt?: Date;
  readonly asks: number;
}

/** The latest rebuild of a projection. It belongs to no instance: each reads here how far it is and takes it further. */
export interface RebuildState {
  readonly id: string;
  readonly status: RebuildStatus;
  /** Counts the rebuilds of this projection. */
  readonly generation: number;
  readonly startedAt: Date;
  /** The last time that something came forward. */
  readonly movedAt: Date;
  readonly finishedAt?: Date;
  /** Why it failed. */
  readonly failure?: string;
  readonly sources: readonly RebuildSource[];
  /** The collection that is being filled; absent once nobody writes to it any more. */
  readonly copy?: string;
}

type Kept = Omit<RebuildState, 'id'> & { _id: string; rebuildId: string };

/** What writers must know. */
export interface Seen {
  readonly generation: number;
  /** Where every fact must go too, while there is such a place. */
  readonly copy: string | undefined;
}

const lookAgainMs = 1_000;
const underWay: readonly RebuildStatus[] = ['announced', 'filling', 'replacing'];

/** The rebuild of one projection: at most one at a time in the whole fleet, known to all who write to it. */
export class Rebuild {
  /** After that long every write knows of a rebuild that has begun. */
  static readonly noticedWithinMs = 2_000;
  static readonly collection = 'rebuilds';
  private seen: Seen = { generation: 0, copy: undefined };
  private lookedAt = -Infinity;
  private looking: Promise<Seen> | undefined;

  constructor(
    private readonly database: Database,
    private readonly projection: string,
  ) {}

  /** What this instance knows of rebuilds, at most a second old. */
  async current(): Promise<Seen> {
    if (performance.now() - this.lookedAt <= lookAgainMs) return this.seen;
    this.looking ??= this.look().finally(() => (this.looking = undefined)); // of many writers that come at once, one looks
    return this.looking;
  }

  /** What is known of rebuilds now. */
  async look(): Promise<Seen> {
    const now = performance.now();
    const state = await this.state();
    const copy = state && underWay.includes(state.status) ? state.copy : undefined;
    this.seen = { generation: state?.generation ?? 0, copy };
    this.lookedAt = now;
    return this.seen;
  }

  /** The latest rebuild, or undefined when there never was one. */
  async state(): Promise<RebuildState | undefined> {
    const kept = await this.kept.findOne({ _id: this.projection });
    if (!kept) return undefined;
    const { _id, rebuildId: id, ...state } = kept;
    return { id, ...state };
  }

  /** Begins one. Gives the one that is under way already, if there is one. Throws {@link Busy} while that is being tidied up. */
  async begin(types: readonly { readonly type: string; readonly service: string }[]): Promise<RebuildState> {
    const rebuildId = newId();
    const now = new Date();
    const sources: RebuildSource[] = types.map(({ type, service }) => ({
      type,
      publisher: service,
      parts: 0,
      events: 0,
      complete: false,
      asks: 0,
    }));
    const begun = { rebuildId, status: 'announced' as const, startedAt: now, movedAt: now, sources };
    try {
      await this.kept.updateOne(
        { _id: this.projection, copy: { $exists: false } },
        {
          $set: { ...begun, copy: `${this.projection}.rebuilt.${rebuildId.slice(-12)}` },
          $unset: { finishedAt: '', failure: '' },
          $inc: { generation: 1 },
        },
        { upsert: true },
      );
    } catch (error) {
      if (!isTaken(error)) throw error;
    }
    this.lookedAt = -Infinity;
    const state = await this.state();
    if (!state || !underWay.includes(state.status)) throw new Busy(`A rebuild of ${this.projection} is just ending`);
    return state;
  }

  /** Goes from one status to the next. False when somebody else has done so, or another rebuild has begun. */
  async move(id: string, from: RebuildStatus, to: RebuildStatus): Promise<boolean> {
    const now = new Date();
    const ended = to === 'done' ? { finishedAt: now } : {};
    return this.update(id, { status: from }, { $set: { status: to, movedAt: now, ...ended } });
  }

  /** Ends it; the present rows stay. False when it had ended, or can no longer be stopped. */
  async fail(id: string, failure: string): Promise<boolean> {
    const status = { $in: ['announced', 'filling'] satisfies RebuildStatus[] };
    const now = new Date();
    return this.update(id, { status }, { $set: { status: 'failed', failure, finishedAt: now, movedAt: now } });
  }

  /** Notes that the next part of a source is asked for, for the first time or again. */
  async asked(id: string, { type, parts }: RebuildSource): Promise<void> {
    await this.update(
      id,
      { status: 'filling', sources: { $elemMatch: { type, parts } } },
      { $set: { 'sources.$.askedAt': new Date() }, $inc: { 'sources.$.asks': 1 } },
    );
  }

  /**
   * Notes that a part is in the copy, and that the caller now asks for the next. Gives the source as it stands then; undefined
   * when that part had been noted before, or the rebuild is over.
   */
  async told(
    id: string,
    { type, part, events, next }: { type: string; part: number; events: number; next: string | undefined },
  ): Promise<RebuildSource | undefined> {
    const now = new Date();
    const moved = await this.update(
      id,
      { status: 'filling', sources: { $elemMatch: { type, parts: part - 1 } } },
      {
        $set: {
          movedAt: now,
          'sources.$.parts': part,
          'sources.$.complete': next === undefined,
          ...(next === undefined ? {} : { 'sources.$.after': next, 'sources.$.askedAt': now, 'sources.$.asks': 1 }),
        },
        $inc: { 'sources.$.events': events },
      },
    );
    if (!moved) return undefined;
    return (await this.state())?.sources.find((source) => source.type === type);
  }

  /** Nobody writes to the copy any more. */
  async forgetCopy(id: string): Promise<void> {
    await this.update(id, { status: { $in: ['done', 'failed'] } }, { $unset: { copy: '' } });
  }

  /** The projections of this database whose rebuild somebody must take further. */
  static async unfinished(database: Database): Promise<string[]> {
    const kept = collectionOf(database).find({ copy: { $exists: true } }, { projection: { _id: 1 } });
    return (await kept.toArray()).map(({ _id }) => _id);
  }

  private async update(
    id: string,
    condition: mongoose.mongo.Filter<Kept>,
    update: mongoose.mongo.UpdateFilter<Kept>,
  ): Promise<boolean> {
    const { matchedCount } = await this.kept.updateOne({ ...condition, _id: this.projection, rebuildId: id }, update);
    this.lookedAt = -Infinity;
    return matchedCount > 0;
  }

  private get kept(): mongoose.mongo.Collection<Kept> {
    return collectionOf(this.database);
  }
}

const collectionOf = ({ connection }: Database): mongoose.mongo.Collection<Kept> =>
  connection.getClient().db(connection.name).collection<Kept>(Rebuild.collection);
