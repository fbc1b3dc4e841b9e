import { type Envelope, type ErasedThings, type KeptThings, peopleIn, withoutPeople } from '@lyceum/contracts';
import { type Change, changed, unchanged } from '@lyceum/kernel';
import { Aggregates } from './aggregates.js';
import type { Database } from './database.js';
import { where } from './documents.js';
import { Gathered } from './gathered.js';

/** What a service is told when somebody is to be erased. */
export interface Erasure {
  readonly userId: string;
  readonly erasureId: string;
  readonly erasedAt: Date;
  /** Token of the page with the receipts, sealed to whoever writes the last mail. */
  readonly sealedReceipt?: string | undefined;
}

/** How far the erasure of somebody is in this service. Nothing in it leads to a person. */
export interface ErasedPerson {
  /** The account that is no more. */
  readonly id: string;
  readonly erasureId: string;
  readonly erasedAt: Date;
  /** When the first pass here was over. */
  readonly doneAt?: Date | undefined;
  /** `erasing` until everything is gone that is to go. */
  readonly status: 'erasing' | 'erased';
  readonly found: readonly ErasedThings[];
  readonly kept: readonly KeptThings[];
  /** How often it was gone through; the first may take several. */
  readonly passes: number;
  /** When it is gone through again; absent when that is not needed any more. */
  readonly nextPassAt?: Date | undefined;
  readonly sealedReceipt?: string | undefined;
}

const abandonedMs = 60_000;

/**
 * The tombstones: who was erased in this service. They stay for good, as ids, so that no late, repeated or retold event brings
 * anything of these people back.
 */
export class ErasedPeople extends Aggregates<ErasedPerson> {
  // every event is looked at: those of a moment are one question, and of a tombstone only that it is there is read
  private readonly tombstones = new Gathered((ids) => this.thoseOf(ids), false);

  constructor(database: Database) {
    super(database, {
      collection: 'erased_people',
      fields: {
        erasureId: { type: String, required: true },
        erasedAt: { type: Date, required: true },
        doneAt: Date,
        status: { type: String, required: true, enum: ['erasing', 'erased'] },
        found: [{ _id: false, what: String, count: Number }],
        kept: [{ _id: false, what: String, why: String, until: String }],
        passes: { type: Number, required: true },
        nextPassAt: Date,
        sealedReceipt: String,
      },
      indexes: [{ keys: { nextPassAt: 1 }, where: { nextPassAt: { $exists: true } } }],
    });
  }

  /** Puts up the tombstone, before anything is erased. Told again, it stays as it is. */
  begin({ userId, ...erasure }: Erasure): Promise<ErasedPerson> {
    // whoever has begun is at it; should it die, another looks after this
    const nextPassAt = new Date(this.database.clock.now().getTime() + abandonedMs);
    return this.change(userId, (current): Change<ErasedPerson> => {
      if (current) return unchanged(current);
      return changed({ ...erasure, id: userId, status: 'erasing', found: [], kept: [], passes: 0, nextPassAt });
    });
  }

  /** Of these people, who was erased here. */
  async among(personIds: readonly string[]): Promise<ReadonlySet<string>> {
    const asked = [...new Set(personIds)];
    const gone = await Promise.all(asked.map((id) => this.has(id)));
    return new Set(asked.filter((_, place) => gone[place]));
  }

  has(personId: string): Promise<boolean> {
    return this.tombstones.ask(personId);
  }

  /** The event as it may still be heard: without what it tells about people who were erased here. */
  async heard(event: Envelope): Promise<Envelope> {
    const gone = await this.among(peopleIn(event));
    return gone.size > 0 ? withoutPeople(event, (id) => gone.has(id)) : event;
  }

  /** Those that are to be gone through now, the longest due first. */
  due(now: Date, limit: number): Promise<ErasedPerson[]> {
    return this.find({ nextPassAt: where({ $lte: now }) }, { sort: ['nextPassAt'], limit });
  }

  private async thoseOf(ids: readonly string[]): Promise<ReadonlyMap<string, true>> {
    const found = await this.native.find({ _id: { $in: [...ids] } }, { projection: { _id: 1 } }).toArray();
    return new Map(found.map(({ _id }) => [_id, true]));
  }
}
