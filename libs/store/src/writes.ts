import { setImmediate } from 'node:timers';
import mongoose from 'mongoose';
import type { Native, Setting } from './shape.js';

const { MongoBulkWriteError } = mongoose.mongo;

/** An upsert that changes nothing when it is done twice. */
export interface Upsert {
  readonly filter: { readonly _id: string; readonly [condition: string]: unknown };
  readonly update: { $set: Setting; $inc: { version: number }; $unset?: Record<string, ''> };
}

interface Waiting {
  readonly upsert: Upsert;
  readonly alone: () => Promise<boolean>;
  readonly resolve: (applied: boolean | Promise<boolean>) => void;
  readonly reject: (reason: unknown) => void;
}

const underWayAtMost = 2;
const batchLimit = 100;

/**
 * Upserts by id into one collection. Those that come in one moment, or while others are under way, leave as one bulk write; one
 * that comes alone goes at once. Those of one document follow each other in the order in which they came.
 */
export class Writes {
  private waiting: Waiting[] = [];
  private readonly writing = new Set<string>();
  private underWay = 0;
  private gathering = false;

  constructor(private readonly documents: () => Native) {}

  /**
   * True when it was written, to a document that was there or a new one.
   * @param alone does the same for itself and says what came of it: called when nothing else is to be written, and after the
   * database has refused this one among others, or failed
   */
  one(upsert: Upsert, alone: () => Promise<boolean>): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ upsert, alone, resolve, reject });
      this.next();
    });
  }

  private next(): void {
    if (this.gathering || this.underWay >= underWayAtMost || this.waiting.length === 0) return;
    this.gathering = true;
    // messages that came together reach their writes within one turn of the loop
    setImmediate(() => {
      this.gathering = false;
      const batch = this.take();
      if (batch.length === 0) return; // until what is being written to the same documents is done
      void this.write(batch);
      this.next();
    });
  }

  private take(): Waiting[] {
    const batch: Waiting[] = [];
    const later: Waiting[] = [];
    const passed = new Set(this.writing);
    for (const each of this.waiting) {
      const id = each.upsert.filter._id;
      (batch.length === batchLimit || passed.has(id) ? later : batch).push(each);
      passed.add(id);
    }
    this.waiting = later;
    return batch;
  }

  private async write(batch: readonly Waiting[]): Promise<void> {
    const ids = batch.map(({ upsert }) => upsert.filter._id);
    for (const id of ids) this.writing.add(id);
    this.underWay += 1;
    const [first] = batch;
    if (batch.length === 1 && first) await onItsOwn(first);
    else await this.together(batch);
    this.underWay -= 1;
    for (const id of ids) this.writing.delete(id);
    this.next();
  }

  private async together(batch: readonly Waiting[]): Promise<void> {
    const operations = batch.map(({ upsert }) => ({ updateOne: { ...upsert, upsert: true } }));
    try {
      await this.documents().bulkWrite(operations, { ordered: false });
      for (const { resolve } of batch) resolve(true);
    } catch (error) {
      const undone = undoneIn(error, batch.length);
      batch.forEach(({ resolve }, place) => !undone.has(place) && resolve(true));
      await Promise.all(batch.filter((_, place) => undone.has(place)).map(onItsOwn));
    }
  }
}

async function onItsOwn({ alone, resolve, reject }: Waiting): Promise<void> {
  await alone().then(resolve, reject);
}

/** The places of those that were refused while all others were written. All places, where the error does not tell. */
function undoneIn(error: unknown, size: number): ReadonlySet<number> {
  const all = new Set(Array(size).keys());
  if (!(error instanceof MongoBulkWriteError) || error.result.getWriteConcernError()) return all;
  const refused = new Set([error.writeErrors].flat().map(({ index }) => index));
  const written = error.matchedCount + error.upsertedCount;
  return written + refused.size === size ? refused : all; // beyond 16 MB the driver begins another command, or gives up before
}
