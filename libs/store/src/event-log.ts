import { type Envelope, namingFields, peopleIn, withoutPeople } from '@lyceum/contracts';
import { newId } from '@lyceum/kernel';
import mongoose from 'mongoose';
import type { ErasedPeople } from './erased-people.js';
import { duplicateIn } from './errors.js';
import type { PersonalEvents } from './personal-events.js';
import { type IndexSpec, type SealedData, storable } from './shape.js';

/** An event in its publisher's log. `position` orders the log; it is given when the event is written down. */
type Logged = Omit<Envelope, 'id'> & {
  _id: string;
  position: string;
  /** The collection of its aggregate, while it is only here and has not been published. */
  unsent?: string;
  /** What of the data tells something about people, encrypted. */
  sealed?: SealedData;
};

export interface LogQuery {
  /** Id of the last event that the reader has; reading begins behind it. */
  afterId?: string | undefined;
  types?: readonly string[] | undefined;
  /** Only events about this aggregate. */
  subject?: string | undefined;
  limit: number;
  /**
   * Leaves out events younger than this, for readers that come back with `afterId`: instances write at the same time, and an
   * event must not slip in behind a reader. Default 0: everything there is, for rebuilds.
   */
  settledMs?: number | undefined;
}

/** A bounded piece of the log. */
export interface LogPart {
  readonly events: readonly Envelope[];
  /** Where the next part begins; absent when the log had no more. */
  readonly next?: string;
}

/** Everything that a service has ever published: the source for replay, rebuilds and the public feed. */
export class EventLog {
  static readonly collection = 'event_log';
  private static readonly indexes: readonly IndexSpec[] = [
    { keys: { position: 1 }, unique: true },
    { keys: { type: 1, position: 1 } },
    { keys: { subject: 1, position: 1 } },
    { keys: { unsent: 1, subject: 1, aggregateversion: 1, position: 1 }, where: { unsent: { $exists: true } } },
  ];

  /** The indexes, and those by which it is searched for what was told about somebody. */
  readonly indexes: readonly IndexSpec[];
  private readonly naming: readonly string[];

  constructor(
    private readonly connection: mongoose.Connection,
    service: string,
    private readonly personal: PersonalEvents,
    private readonly erased: () => Pick<ErasedPeople, 'among'>,
  ) {
    this.naming = namingFields(service).map((field) => `data.${field}`);
    const byPerson = this.naming.map((field) => ({
      keys: { [field]: 1 as const, position: 1 as const },
      where: { [field]: { $exists: true } },
    }));
    this.indexes = [...EventLog.indexes, ...byPerson];
  }

  /** Writes events down in the given order; those that are there already stay as they are. */
  async append(events: readonly Envelope[]): Promise<void> {
    if (events.length === 0) return;
    const data = await Promise.all(events.map((event) => this.personal.seal(event, event.id)));
    const logged = events.map(({ id, ...event }, place): Logged => {
      const { told: _told, ...stored } = data[place] ?? { data: event.data };
      return { _id: id, position: newId(), ...event, ...stored };
    });
    try {
      await this.native.insertMany(logged, { ordered: false });
    } catch (error) {
      if (!onlyDuplicates(error)) throw error;
    }
  }

  /** {@link append} for events of a collection that leave later from here, because their document has no room for them. */
  async keepUnsent(collection: string, events: readonly Envelope[]): Promise<void> {
    await this.append(events);
    await this.native.updateMany({ _id: { $in: idsOf(events) } }, { $set: { unsent: collection } });
  }

  /** The next of those events of one aggregate, in the order in which they happened. */
  async unsent(collection: string, subject: string, limit: number): Promise<Envelope[]> {
    const found = await this.native
      .find({ unsent: collection, subject })
      .sort({ aggregateversion: 1, position: 1 })
      .limit(limit)
      .toArray();
    return this.opened(found);
  }

  /** They have been published. */
  async sent(events: readonly Envelope[]): Promise<void> {
    await this.native.updateMany({ _id: { $in: idsOf(events) } }, { $unset: { unsent: '' } });
  }

  /** The next events, in the order of the log. Throws RangeError when the log does not know `afterId`. */
  async read({ afterId, ...query }: LogQuery): Promise<Envelope[]> {
    const found = await this.find(query, afterId === undefined ? undefined : await this.positionOf(afterId));
    return this.opened(found);
  }

  private find(
    { types, subject, limit, settledMs = 0 }: Omit<LogQuery, 'afterId'>,
    after: string | undefined,
  ): Promise<mongoose.mongo.WithId<Logged>[]> {
    const position: Record<string, string> = after === undefined ? {} : { $gt: after };
    if (settledMs > 0) position['$lt'] = firstIdOf(Date.now() - settledMs);
    return this.native
      .find({
        ...(Object.keys(position).length > 0 ? { position } : {}),
        ...(types ? { type: { $in: [...types] } } : {}),
        ...(subject === undefined ? {} : { subject }),
      })
      .sort({ position: 1 })
      .limit(limit)
      .toArray();
  }

  /**
   * Looks at the next events of some types that were written down after `after` and before `end`, and drops those of the same
   * aggregate and type that are older. Without a position there was nothing more to look at.
   */
  async dropSuperseded(
    types: readonly string[],
    after: string | undefined,
    end: number,
    limit: number,
  ): Promise<{ gone: number; position?: string }> {
    const position = { ...(after === undefined ? {} : { $gt: after }), $lt: firstIdOf(end) };
    const looked = await this.native
      .find(
        { type: { $in: [...types] }, position },
        { projection: { type: 1, subject: 1, aggregateversion: 1, position: 1 } },
      )
      .sort({ position: 1 })
      .limit(limit)
      .toArray();
    const last = looked.at(-1);
    if (!last) return { gone: 0 };
    const newest = new Map<string, (typeof looked)[number]>();
    for (const event of looked) {
      const key = `${event.type} ${event.subject}`;
      if ((newest.get(key)?.aggregateversion ?? 0) <= event.aggregateversion) newest.set(key, event);
    }
    const { deletedCount } = await this.native.bulkWrite(
      [...newest.values()].map(({ type, subject, aggregateversion }) => ({
        deleteMany: {
          filter: { subject, type, aggregateversion: { $lt: aggregateversion }, unsent: { $exists: false } },
        },
      })),
      { ordered: false },
    );
    return { gone: deletedCount, position: last.position };
  }

  /** Everything that was ever told of a person, by the marks in the events' contracts, in the order of the log. */
  async *about(personId: string): AsyncGenerator<Envelope, void> {
    for (const [index, field] of this.naming.entries()) {
      const before = Object.fromEntries(this.naming.slice(0, index).map((other) => [other, { $ne: personId }]));
      const found = this.native
        .find({ ...before, [field]: personId })
        .sort({ position: 1 })
        .batchSize(100);
      for await (const some of inGroups(found, readAtOnce))
        for (const event of await this.opened(some)) if (peopleIn(event).includes(personId)) yield event;
    }
  }

  /**
   * Blanks what was ever told about a person, by the marks in the events' contracts; the events stay and still fit them. Says in
   * how many of them there was something to blank. Events that are still in an outbox are not among them.
   */
  async forget(personId: string): Promise<number> {
    let count = 0;
    for await (const event of this.about(personId)) if (await this.blank(event, (id) => id === personId)) count += 1;
    return count;
  }

  /**
  /**
   * Blanks what these events, which have just been written down, tell about people who were erased: whoever was erased before they
   * were there is seen here, and whoever was erased later finds them.
   */
  async keepForgotten(events: readonly Envelope[]): Promise<void> {
    const gone = await this.erased().among(events.flatMap(peopleIn));
    if (gone.size > 0) await Promise.all(events.map((event) => this.blank(event, (id) => gone.has(id))));
  }

  private async blank(event: Envelope, gone: (id: string) => boolean): Promise<boolean> {
    const blanked = withoutPeople(event, gone);
    if (blanked === event) return false;
    await this.rewrite({ ...blanked, data: storable(blanked.data, event.type) });
    return true;
  }

  /**
   * Encrypts what the next events of some types tell about people in clear, those that were written down after `after`. Says where
   * the next ones begin, undefined when there are none.
   */
  async sealSome(types: readonly string[], after: unknown, limit: number): Promise<{ after: unknown } | undefined> {
    const found = await this.find({ types, limit }, typeof after === 'string' ? after : undefined);
    for (const event of await this.opened(found.filter(({ sealed }) => !sealed))) await this.rewrite(event);
    const last = found.at(-1);
    return last && { after: last.position };
  }

  private async rewrite(event: Envelope): Promise<void> {
    const { data, sealed } = await this.personal.seal(event, event.id);
    const update = sealed ? { $set: { data, sealed } } : { $set: { data }, $unset: { sealed: '' as const } };
    await this.native.updateOne({ _id: event.id }, update);
  }

  /** As they may be told; their people's keys are looked up together. */
  private async opened(found: readonly mongoose.mongo.WithId<Logged>[]): Promise<Envelope[]> {
    return (await this.personal.open(found, ({ _id }) => _id)).map(envelopeOf);
  }

  /** All events that match, read in batches; what is published meanwhile comes too. */
  async *stream(query: Omit<LogQuery, 'limit'> & { batch?: number } = {}): AsyncGenerator<Envelope, void> {
    const { batch = 500, afterId, ...rest } = query;
    let after = afterId === undefined ? undefined : await this.positionOf(afterId);
    for (;;) {
      // by position: the event that was read last may have left the log meanwhile
      const found = await this.find({ ...rest, limit: batch }, after);
      yield* await this.opened(found);
      after = found.at(-1)?.position ?? after;
      if (found.length < batch) return;
    }
  }

  /**
   * The next events of one type, for a reader to whom they are sent: at most so many, and so many bytes of JSON unless a single
   * event is larger. Reading goes on at `next` also when the events before it have left the log meanwhile.
   */
  async part(type: string, most: { events: number; bytes: number }, after?: string): Promise<LogPart> {
    const found = this.native
      .find({ type, ...(after === undefined ? {} : { position: { $gt: after } }) })
      .sort({ position: 1 })
      .limit(most.events + 1) // one more tells whether there is more
      .batchSize(readAtOnce);
    const events: Envelope[] = [];
    let next = after;
    let bytes = 0;
    for await (const some of inGroups(found, readAtOnce)) {
      const opened = await this.opened(some);
      for (const [place, event] of opened.entries()) {
        bytes += Buffer.byteLength(JSON.stringify(event));
        const full = events.length === most.events || (events.length > 0 && bytes > most.bytes);
        if (full && next !== undefined) return { events, next };
        events.push(event);
        next = some[place]?.position;
      }
    }
    return { events };
  }

  private async positionOf(id: string): Promise<string> {
    const found = await this.native.findOne({ _id: id }, { projection: { position: 1 } });
    if (!found) throw new RangeError(`The log does not know the event ${id}`);
    return found.position;
  }

  // made once: the driver makes a new view, with all its options, whenever it is asked
  private view: mongoose.mongo.Collection<Logged> | undefined;
  private get native(): mongoose.mongo.Collection<Logged> {
    const { connection, view } = this;
    return (this.view = view ?? connection.getClient().db(connection.name).collection<Logged>(EventLog.collection));
  }
}

const readAtOnce = 50;

async function* inGroups<T>(items: AsyncIterable<T>, size: number): AsyncGenerator<T[], void> {
  let group: T[] = [];
  for await (const item of items) {
    group.push(item);
    if (group.length < size) continue;
    yield group;
    group = [];
  }
  if (group.length > 0) yield group;
}

const idsOf = (events: readonly Envelope[]): string[] => events.map(({ id }) => id);
const envelopeOf = ({
  _id,
  position: _position,
  unsent: _unsent,
  ...event
}: Omit<mongoose.mongo.WithId<Logged>, 'sealed'>): Envelope => ({
  id: _id,
  ...event,
});

/** The least UUIDv7 of a moment. */
const firstIdOf = (ms: number): string => {
  const hex = ms.toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
};

function onlyDuplicates(error: unknown): boolean {
  if (!(error instanceof mongoose.mongo.MongoBulkWriteError)) return duplicateIn(error)?.index === '_id_';
  const failures = Array.isArray(error.writeErrors) ? error.writeErrors : [error.writeErrors];
  return failures.length > 0 && failures.every((failure) => failure.code === 11_000);
}
