import { type Change, type DomainEvent, newId } from '@lyceum/kernel';
import { currentTrace } from '@lyceum/telemetry';
import mongoose from 'mongoose';
import type { Database } from './database.js';
import { Documents, type Filter, where } from './documents.js';
import { Busy, Contention, VersionMismatch, duplicateIn, isTaken, rethrow, unhindered } from './errors.js';
import { Inserts } from './inserts.js';
import { type Sealed, asDocument, unsetting } from './personal-fields.js';
import type { Lease, OutboxEntry, Shape, Stored, StoredTimer } from './shape.js';
import { dataOf, storedTimers, timersAfter } from './timers.js';
import { Turns } from './turns.js';
import { pause } from './waiting.js';

export interface ChangeOptions {
  /** The version that the caller has seen (If-Match), 0 for "there is none yet". */
  readonly expectedVersion?: number | undefined;
}

export interface Versioned<State> {
  readonly state: State;
  /** Counts the writes of this aggregate, from 1. */
  readonly version: number;
}

const maxAttempts = 40;
/** So many events may wait in a document before older ones move to the event log. */
const roomForEvents = 64;
const roomForBytes = 1_000_000;
/** Beyond that a write is refused. The database takes 16 MB. */
const mostEvents = 2_000;
const mostEventBytes = 8_000_000;

/** What a write does besides the state's fields. */
interface Outgoing {
  readonly entries: OutboxEntry[];
  readonly lease: Lease | undefined;
  /** All of the document's timers, when they change. */
  readonly timers: readonly StoredTimer[] | undefined;
}

/** Events as they lie in the outbox, and as they are told. */
interface Entries {
  readonly entries: OutboxEntry[];
  readonly told: OutboxEntry[];
}

/** Aggregates of one kind: state and outgoing events are one document, so there is never one without the other. */
export abstract class Aggregates<State extends { id: string }> extends Documents<State> {
  private readonly turns = new Turns();
  private readonly inserts = new Inserts(() => this.native);

  /** @param shape fields are a mongoose schema definition of the state without `id` */
  protected constructor(database: Database, shape: Shape) {
    super(database, shape, { outbox: true });
  }

  /**
   * Loads, decides, saves; tries again when somebody else was faster. `decide` is pure: it may run several times and must not
   * change what it is given. Events leave soon after, in order for each aggregate; the caller does not wait for that. Timers
   * are kept in the same document, and their events leave when they are due.
   * @returns the state as stored
   * Throws what `decide` throws, {@link DuplicateKey}, {@link VersionMismatch}, {@link Contention}, and {@link Busy} when too
   * many events of this aggregate are waiting and cannot be put aside.
   */
  async change(
    id: string,
    decide: (current: State | undefined) => Change<State>,
    options?: ChangeOptions,
  ): Promise<State> {
    return (await this.changeWithVersion(id, decide, options)).state;
  }

  /** {@link change} for callers that answer with an ETag. The version is 0 when nothing exists and nothing was written. */
  changeWithVersion(
    id: string,
    decide: (current: State | undefined) => Change<State>,
    options: ChangeOptions = {},
  ): Promise<Versioned<State>> {
    // within a process they queue up, so that only other instances can be in the way
    return this.turns.take(id, async () => {
      for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
        const done = await this.attempt(id, decide, options);
        if (done) return done;
        this.database.metrics.conflicts.inc({ collection: this.collection });
        await pause(Math.random() * Math.min(100, 2 ** attempt));
      }
      throw new Contention(this.collection, id, maxAttempts);
    });
  }

  async getWithVersion(id: string): Promise<Versioned<State> | undefined> {
    const stored = await this.load(id);
    return stored && { state: this.itemOf((await this.open(stored)).plain), version: stored.version };
  }

  /**
   * Deletes the document for good, once its events have left. False when it was not there.
   * For erasure; an aggregate that merely ends keeps its document and says so in its state.
   */
  async remove(id: string): Promise<boolean> {
    return this.turns.take(id, async () => {
      for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
        const { deletedCount } = await this.native.deleteOne({ _id: id, pendingSince: { $exists: false } });
        if (deletedCount === 1) return true;
        if (!(await this.load(id))) return false;
        this.database.relay.written(this.collection, id, undefined);
        await pause(Math.min(1_000, 10 * 2 ** attempt));
      }
      throw new Contention(this.collection, id, maxAttempts);
    });
  }

  /**
   * Deletes up to `limit` documents that meet the condition, but none whose events have not left or whose timers are set; it is looked
   * again whether they still meet it. For what has expired and nobody asks for any more.
   * @returns how many; fewer than `limit` when there are no more
   */
  protected async removeSome(condition: Filter, limit: number): Promise<number> {
    const settled = { ...condition, pendingSince: where({ $exists: false }), nextDue: where({ $exists: false }) };
    const found = await this.shape.model.find(this.filterOf(settled), { _id: 1 }).limit(limit).lean<Stored[]>().exec();
    const ids = found.map(({ _id }) => _id);
    if (ids.length === 0) return 0;
    const { deletedCount } = await this.shape.model
      .deleteMany(this.filterOf({ ...settled, id: where({ $in: ids }) }))
      .exec();
    return deletedCount;
  }

  /** Undefined when somebody else was faster. */
  private async attempt(
    id: string,
    decide: (current: State | undefined) => Change<State>,
    { expectedVersion }: ChangeOptions,
  ): Promise<Versioned<State> | undefined> {
    const stored = await this.load(id);
    const version = stored?.version ?? 0;
    if (expectedVersion !== undefined && expectedVersion !== version)
      throw new VersionMismatch(expectedVersion, version);
    const before = stored && (await this.open(stored));
    const decision = decide(before && this.itemOf(before.plain));
    if (!decision.changed) return { state: decision.state, version };
    if (decision.state.id !== id) throw new TypeError(`${this.collection}/${id} cannot become ${decision.state.id}`);

    const fields = await this.sealed(id, await this.shape.toStored(decision.state), { before });
    const { entries, told } = await this.entriesOf(decision.events, version + 1);
    if (stored && entries.length > 0) await this.makeRoom(stored);
    const lease = entries.length > 0 ? this.database.relay.leaseFor(stored) : undefined;
    const timers = await timersAfter(stored?.timers ?? [], decision.timers, this.database.personalEvents);
    const outgoing = { entries, lease, timers };
    const written = stored ? await this.update(stored, fields, outgoing) : await this.insert(id, fields, outgoing);
    if (!written) return undefined;
    if (entries.length > 0) this.database.relay.written(this.collection, id, lease && { lease, entries: told });
    const shape = Math.max(stored?.shape ?? 0, this.shape.number);
    return { state: this.itemOf({ ...fields.seen, _id: id, version: version + 1, shape }), version: version + 1 };
  }

  private async insert(
    id: string,
    { fields, set }: Sealed,
    { entries: outbox, lease, timers = [] }: Outgoing,
  ): Promise<boolean> {
    const pending = outbox.length > 0 ? { pendingSince: new Date(), ...(lease ? { lease } : {}) } : {};
    const later = storedTimers(timers).set;
    try {
      const document = {
        _id: id,
        version: 1,
        shape: this.shape.number,
        ...fields,
        ...asDocument(set),
        outbox,
        ...pending,
        ...later,
      };
      await this.inserts.one(document);
      return true;
    } catch (error) {
      if (isTaken(error)) return false;
      // the same aggregate, made by somebody else a moment ago, may also hold the unique key that we ran into
      if (duplicateIn(error) && (await this.load(id))) return false;
      return rethrow(error, this.collection);
    }
  }

  private async update(stored: Stored, fields: Sealed, { entries, lease, timers }: Outgoing): Promise<boolean> {
    const difference = this.shape.difference(stored, fields.fields);
    const later = timers ? storedTimers(timers) : { set: {}, unset: {} };
    const set = { ...difference.set, ...fields.set, ...later.set, ...(lease ? { lease } : {}) };
    const unset = { ...difference.unset, ...unsetting(fields.unset), ...later.unset };
    // fields one by one, never the whole document: the relay takes entries out of it without a new version
    const update = {
      $inc: { version: 1 },
      ...(Object.keys(set).length > 0 ? { $set: set } : {}),
      ...(Object.keys(unset).length > 0 ? { $unset: unset } : {}),
      // $min: it may just have been emptied, and must then be found again
      ...(entries.length > 0 ? { $push: { outbox: { $each: entries } }, $min: { pendingSince: new Date() } } : {}),
    };
    try {
      const guard = { _id: stored._id, version: stored.version };
      const { matchedCount } = await unhindered(() => this.native.updateOne(guard, update));
      return matchedCount === 1;
    } catch (error) {
      return rethrow(error, this.collection);
    }
  }

  /** Throws ZodError when an event breaks its contract: then nothing is written. */
  private async entriesOf(events: readonly DomainEvent[], version: number): Promise<Entries> {
    const traceparent = currentTrace()?.traceparent;
    const time = this.database.clock.now();
    const about = events.map((event) => {
      const entry = { id: newId(), type: event.type, data: dataOf(event), time, version };
      return traceparent ? { ...entry, traceparent } : entry;
    });
    const sealing = about.map((entry) => this.database.personalEvents.seal(entry, entry.id));
    const made = (await Promise.all(sealing)).map(({ told, ...stored }, place) => ({
      entry: about[place],
      told,
      stored,
    }));
    const entries = made.flatMap(({ entry, stored }) => (entry ? [{ ...entry, ...stored }] : []));
    return { entries, told: made.flatMap(({ entry, told: data }) => (entry ? [{ ...entry, data }] : [])) };
  }

  /** While the bus is away, events of one aggregate must not outgrow its document. */
  private async makeRoom({ _id, outbox = [] }: Stored): Promise<void> {
    if (outbox.length === 0) return;
    const bytes = mongoose.mongo.BSON.calculateObjectSize({ outbox });
    if (outbox.length < roomForEvents && bytes < roomForBytes) return;
    if (await this.database.relay.spill(this.collection, _id)) return;
    if (outbox.length >= mostEvents || bytes >= mostEventBytes)
      throw new Busy(`${this.collection}/${_id}: too many of its events are waiting to be published`);
  }
}
