import { Injectable } from '@nestjs/common';
import { Database, Projection } from '@lyceum/store';
import type { Listing } from './listing.js';

/** Whether and how a course is listed. */
export interface ListingRow {
  /** The course. */
  readonly id: string;
  /** When this was written, by the writing instance's clock: how the other instances notice. */
  readonly refreshedAt: Date;
  /** Absent once the course is no longer offered. */
  readonly listing?: Omit<Listing, 'id'>;
}

const BATCH = 500;

/** The published courses, ready to be found. Made from courses, editions and instructors. */
@Injectable()
export class ListingsStore extends Projection<ListingRow> {
  constructor(database: Database) {
    super(database, {
      collection: 'listings',
      fields: { refreshedAt: { type: Date, required: true }, listing: { type: Object } },
      indexes: [{ keys: { refreshedAt: 1 } }],
    });
  }

  /** What was written since then. */
  async *writtenSince(time: Date): AsyncIterable<ListingRow> {
    const cursor = this.native.find({ refreshedAt: { $gte: time } }, { batchSize: BATCH });
    for await (const stored of cursor) yield this.itemOf(stored);
  }

  /** When each row was written. */
  async stamps(): Promise<Map<string, Date>> {
    const cursor = this.native.find({}, { projection: { refreshedAt: 1 }, batchSize: 10_000 });
    const stamps = new Map<string, Date>();
    for await (const stored of cursor) {
      const { id, refreshedAt } = this.itemOf(stored);
      stamps.set(id, refreshedAt);
    }
    return stamps;
  }
}
