import { Injectable } from '@nestjs/common';
import { Database, Projection } from '@lyceum/store';
import type { Listing, PriceBand } from './listing.js';

type Condition = Readonly<Record<string, unknown>>;

/** How many courses have the same values of everything that can be filtered by. */
export interface Tally {
  readonly category: string;
  readonly difficulty: string;
  readonly language: string;
  readonly price: PriceBand;
  readonly count: number;
}

export interface SortedBy {
  readonly field: 'offeredSince' | 'priceRank' | 'titleKey';
  readonly direction: 1 | -1;
}

export interface Position {
  readonly value: string | number | Date;
  readonly id: string;
}

/** What a found course shows; its words stay in the database. */
export type Found = Omit<Listing, 'titleWords' | 'headWords' | 'leadWords' | 'allWords' | 'band'>;

const WITHOUT_WORDS = { titleWords: 0, headWords: 0, leadWords: 0, allWords: 0, sources: 0 } as const;
const LISTED = { removedBy: { $exists: false }, erased: { $exists: false } };

/** The published courses, ready to be found. Made from courses, editions and instructors. */
@Injectable()
export class ListingsStore extends Projection<Listing> {
  constructor(database: Database) {
    super(database, {
      collection: 'listings',
      fields: {
        slug: String,
        edition: Number,
        title: String,
        summary: String,
        instructorId: String,
        instructorName: String,
        category: String,
        difficulty: String,
        language: String,
        tags: [String],
        price: { type: Object },
        thumbnailMediaId: String,
        lectureCount: Number,
        durationSeconds: Number,
        publishedAt: Date,
        offeredSince: Date,
        band: String,
        priceRank: Number,
        titleKey: String,
        titleWords: [String],
        headWords: [String],
        leadWords: [String],
        allWords: [String],
      },
      indexes: [
        { keys: { allWords: 1 } },
        { keys: { tags: 1 } },
        { keys: { offeredSince: -1, _id: 1 } },
        { keys: { category: 1, offeredSince: -1, _id: 1 } },
        { keys: { priceRank: 1, _id: 1 } },
        { keys: { titleKey: 1, _id: 1 } },
      ],
    });
  }

  /** One pass over what matches: total and all facets are sums of these. */
  async tallies(condition: Condition): Promise<Tally[]> {
    const groups = await this.aggregate<{ _id: Omit<Tally, 'count'>; count: number }>([
      { $match: { ...LISTED, ...condition } },
      {
        $group: {
          _id: { category: '$category', difficulty: '$difficulty', language: '$language', price: '$band' },
          count: { $sum: 1 },
        },
      },
    ]);
    return groups.map(({ _id, count }) => ({ ..._id, count }));
  }

  /** At most `limit` of what matches, in order, from behind a position. */
  async slice(
    conditions: readonly Condition[],
    { field, direction }: SortedBy,
    after: Position | undefined,
    limit: number,
  ): Promise<Found[]> {
    const beyond = direction === 1 ? '$gt' : '$lt';
    const rest = after && {
      $or: [{ [field]: { [beyond]: after.value } }, { [field]: after.value, _id: { $gt: after.id } }],
    };
    const found = await this.aggregate<{ _id: string } & Omit<Found, 'id'>>([
      { $match: { $and: [LISTED, ...conditions, ...(rest ? [rest] : [])] } },
      { $sort: { [field]: direction, _id: 1 } },
      { $limit: limit },
      { $project: WITHOUT_WORDS },
    ]);
    return found.map(({ _id, ...listing }) => ({ ...listing, id: _id }));
  }
}
