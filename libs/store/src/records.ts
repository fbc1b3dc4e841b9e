import type { Database } from './database.js';
import { Documents, type Filter } from './documents.js';
import { Contention, duplicateIn, isTaken, rethrow, unhindered } from './errors.js';
import { type Sealed, asDocument } from './personal-fields.js';
import type { Shape } from './shape.js';

/** What `update` sets; a field given as undefined is taken away. */
export type FieldsOf<Item> = { [Field in keyof Omit<Item, 'id'>]?: Item[Field] | undefined };

/** Documents without events: tokens, sessions, received webhooks. What others should hear about is an aggregate. */
export abstract class Records<Item extends { id: string }> extends Documents<Item> {
  protected constructor(database: Database, shape: Shape) {
    super(database, shape, { outbox: false });
  }

  /** Inserts it unless its id is taken. Of any number of simultaneous calls exactly one gets true. Throws {@link DuplicateKey}. */
  async insertOnce(item: Item): Promise<boolean> {
    const { fields, set } = await this.sealed(item.id, await this.shape.toStored(item));
    try {
      const document = { _id: item.id, version: 1, shape: this.shape.number, ...fields, ...asDocument(set) };
      await unhindered(() => this.native.insertOne(document));
      return true;
    } catch (error) {
      if (isTaken(error) || (await this.load(item.id))) return false;
      return rethrow(error, this.collection);
    }
  }

  /**
   * Inserts them in their order, by one statement, up to the first whose id or unique key is taken: for chains, of which each
   * link depends on the one before. False when not all of them are in; those before the taken one are then.
   */
  protected async insertInOrder(items: readonly Item[]): Promise<boolean> {
    const documents = await Promise.all(
      items.map(async (item) => {
        const { fields, set } = await this.sealed(item.id, await this.shape.toStored(item));
        return { _id: item.id, version: 1, shape: this.shape.number, ...fields, ...asDocument(set) };
      }),
    );
    try {
      await unhindered(() => this.native.insertMany(documents, { ordered: true }));
      return true;
    } catch (error) {
      if (duplicateIn(error)) return false;
      throw error;
    }
  }

  /** Inserts or replaces it, whatever was there. Throws {@link DuplicateKey}. */
  async put(item: Item): Promise<void> {
    const { fields, set, unset } = await this.sealed(item.id, await this.shape.toStored(item));
    const gone = [...[...this.shape.names].filter((name) => !(name in fields)), ...unset];
    const update = {
      $inc: { version: 1 },
      $set: { ...fields, ...set, shape: this.shape.number },
      ...(gone.length > 0 ? { $unset: Object.fromEntries(gone.map((name) => [name, '' as const])) } : {}),
    };
    for (let attempt = 1; attempt <= 5; attempt += 1) {
      try {
        await unhindered(() => this.native.updateOne({ _id: item.id }, update, { upsert: true }));
        return;
      } catch (error) {
        if (!isTaken(error)) rethrow(error, this.collection); // else: two inserted at once, now it is there
      }
    }
    throw new Contention(this.collection, item.id, 5);
  }

  /**
   * Sets some fields if the document exists and meets `condition`, in one step: of several callers who spend a token, one gets it.
   * @returns the document afterwards, or undefined when it was not there or did not meet the condition
   */
  async update(id: string, fields: FieldsOf<Item>, condition: Filter = {}): Promise<Item | undefined> {
    const part = await this.sealedPart(id, fields);
    if (!part) return undefined;
    const set = { ...part.fields, ...part.set };
    const gone = Object.keys(fields).filter((name) => this.shape.names.has(name) && !(name in part.fields));
    const unset = [...gone, ...part.unset];
    try {
      const stored = await unhindered(() =>
        this.shape.model
          .findOneAndUpdate(
            this.filterOf({ ...condition, id }),
            {
              $inc: { version: 1 },
              $set: set,
              ...(unset.length > 0 ? { $unset: Object.fromEntries(unset.map((name) => [name, ''])) } : {}),
            },
            { returnDocument: 'after' },
          )
          .lean()
          .exec(),
      );
      return stored ? this.itemOf((await this.open(stored)).plain) : undefined;
    } catch (error) {
      return rethrow(error, this.collection);
    }
  }

  /** Undefined when it is not known whose the fields are, and the document is not there. */
  private async sealedPart(id: string, fields: FieldsOf<Item>): Promise<Sealed | undefined> {
    const part = await this.shape.toStoredPart(fields);
    const names = new Set(Object.keys(fields));
    if (!this.personal?.concerns(names) || this.personal.isOwnedBy(names)) return this.sealed(id, part, { names });
    const whose = await this.load(id);
    return whose && this.sealed(id, part, { names, whose });
  }

  /** Deletes it. False when it was not there or did not meet the condition. */
  async remove(id: string, condition: Filter = {}): Promise<boolean> {
    const { deletedCount } = await this.shape.model.deleteOne(this.filterOf({ ...condition, id })).exec();
    return deletedCount === 1;
  }

  /** Deletes everything that meets the condition and says how many that were. */
  protected async removeAll(condition: Filter): Promise<number> {
    const { deletedCount } = await this.shape.model.deleteMany(this.filterOf(condition)).exec();
    return deletedCount;
  }
}
