import type mongoose from 'mongoose';
import type { Database } from './database.js';
import { buildIndexes } from './migration.js';
import { isTaken } from './errors.js';
import type { IndexSpec } from './shape.js';

/** Tells a copy that was filled from one that a late writer has made again by its write. It counts as an erased row. */
const mark = 'rebuilt';

/** The collection that a projection is made anew in. Every step may be done again, by another instance too. */
export class Copy {
  constructor(
    private readonly database: Database,
    private readonly collection: string,
    private readonly name: string,
  ) {}

  /** Makes it. What live facts have put there already stays. */
  async prepare(indexes: readonly IndexSpec[]): Promise<void> {
    const target = this.database.native(this.name);
    await this.db.createCollection(this.name).catch(ifNot(NAMESPACE_EXISTS));
    await buildIndexes(target, indexes, this.database.log);
    const erased = this.database.native(this.collection).find({ erased: true }, { projection: { _id: 1 } });
    // who was erased stays erased, whatever the past still says
    for await (const { _id } of erased)
      await target.updateOne({ _id }, { $set: { erased: true } }, { upsert: true }).catch((error: unknown) => {
        if (!isTaken(error)) throw error; // erased here, too, a moment ago
      });
    await target.updateOne({ _id: mark }, { $set: { erased: true } }, { upsert: true });
  }

  /** Readers see the old rows until then, and the new ones from then on. */
  async takePlace(): Promise<void> {
    const target = this.database.native(this.name);
    const waits = await target.findOne({ _id: mark });
    if (waits) await target.rename(this.collection, { dropTarget: true });
    await this.database.native(this.collection).deleteOne({ _id: mark });
  }

  async drop(): Promise<void> {
    await this.database.native(this.name).drop().catch(ifNot(NAMESPACE_NOT_FOUND));
  }

  private get db(): mongoose.mongo.Db {
    const { connection } = this.database;
    return connection.getClient().db(connection.name);
  }
}

const NAMESPACE_NOT_FOUND = 26;
const NAMESPACE_EXISTS = 48;

const ifNot =
  (code: number) =>
  (error: unknown): void => {
    if (!(error instanceof Error && 'code' in error && error.code === code)) throw error;
  };
