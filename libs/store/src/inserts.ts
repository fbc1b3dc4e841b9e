import mongoose from 'mongoose';
import { unhindered } from './errors.js';
import type { Native, Setting, Stored } from './shape.js';

const { MongoInvalidArgumentError, MongoBulkWriteError } = mongoose.mongo;

type Insert = Pick<Stored, '_id' | 'version' | 'shape'> & Setting;

interface Waiting {
  readonly document: Insert;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

const underWayAtMost = 4;
const batchLimit = 100;

/**
 * Inserts documents into one collection. One that comes alone goes at once; while some are under way those that come are
 * gathered into one statement. Each caller hears what happened to its own.
 */
export class Inserts {
  private waiting: Waiting[] = [];
  private underWay = 0;

  constructor(private readonly documents: () => Native) {}

  /** Rejects with what the database said of this document, also when it was inserted among others. */
  one(document: Insert): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ document, resolve, reject });
      this.next();
    });
  }

  private next(): void {
    if (this.underWay >= underWayAtMost || this.waiting.length === 0) return;
    this.underWay += 1;
    const batch = this.waiting.splice(0, batchLimit);
    void (batch.length === 1 ? this.apart(batch) : this.together(batch)).finally(() => {
      this.underWay -= 1;
      this.next();
    });
  }

  private async apart(batch: readonly Waiting[]): Promise<void> {
    const insert = ({ document, resolve, reject }: Waiting) =>
      unhindered(() => this.documents().insertOne(document)).then(() => resolve(), reject);
    await Promise.all(batch.map(insert));
  }

  private async together(batch: readonly Waiting[]): Promise<void> {
    const documents = batch.map(({ document }) => document);
    try {
      await this.documents().insertMany(documents, { ordered: false });
    } catch (error) {
      const refused = refusedIn(error, batch.length);
      // whoever would insert again what may be there would take it for somebody else's, and do the command twice
      if (!refused) for (const { reject } of batch) reject(error);
      else {
        batch.forEach(({ resolve }, place) => !refused.has(place) && resolve());
        await this.apart(batch.filter((_, place) => refused.has(place))); // says why, in the words for a single document
      }
      return;
    }
    for (const { resolve } of batch) resolve();
  }
}

/** The places of those that were certainly not inserted, when all others certainly were; undefined when nobody knows. */
function refusedIn(error: unknown, size: number): ReadonlySet<number> | undefined {
  if (error instanceof MongoInvalidArgumentError) return new Set(Array(size).keys()); // one is too large to be sent: none was
  if (!(error instanceof MongoBulkWriteError) || error.result.getWriteConcernError()) return undefined;
  const refused = new Set([error.writeErrors].flat().map(({ index }) => index));
  return error.insertedCount + refused.size === size ? refused : undefined;
}
