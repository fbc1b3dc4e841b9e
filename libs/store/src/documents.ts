import mongoose from 'mongoose';
import type { Database } from './database.js';
import { InvalidCursor } from './errors.js';
import { Loads } from './loads.js';
import { type Page, type PageRequest, afterCursor, cursorOf, orderOf } from './paging.js';
import type { Opened, PersonalFields, SealOptions, Sealed } from './personal-fields.js';
import { type Loose, type Native, type Setting, type Shape, type Stored, StoredShape } from './shape.js';

/** Conditions on fields, from parsed values only; an operator must be wrapped: `{ at: where({ $lt: now }) }`. */
export type Filter = Readonly<Record<string, unknown>>;

export interface FindOptions {
  /** Fields in order, `-` first for descending. */
  sort?: readonly string[];
  limit?: number;
  skip?: number;
}

/**
 * Marks an operator expression that our own code has written. Unmarked ones are compared as values,
 * so that text from a client never becomes an operator.
 */
export const where = <Operators extends Loose>(operators: Operators): Operators => mongoose.trusted(operators);

/** What all stores share: reading one collection. Services extend {@link Aggregates}, {@link Records} or {@link Projection}. */
export abstract class Documents<Item extends { id: string }> {
  protected readonly shape: StoredShape;
  protected readonly collection: string;
  protected readonly personal: PersonalFields | undefined;
  private readonly loads = new Loads(() => this.native);

  protected constructor(
    protected readonly database: Database,
    shape: Shape,
    options: { outbox: boolean },
  ) {
    this.collection = shape.collection;
    this.shape = new StoredShape(database.connection, shape);
    this.personal = shape.personal && database.personalFields(shape.collection, shape.personal);
    const { indexes } = shape;
    const { outbox } = options;
    database.register({ shape: this.shape, indexes, native: this.native, outbox, personal: this.personal });
  }

  /** The item, or undefined. */
  async get(id: string): Promise<Item | undefined> {
    const stored = await this.load(id);
    return stored && this.itemOf((await this.open(stored)).plain);
  }

  /** The items that exist, in the order of the ids. */
  async getAll(ids: readonly string[]): Promise<Item[]> {
    const found = new Map((await this.find({ id: where({ $in: [...new Set(ids)] }) })).map((item) => [item.id, item]));
    return ids.map((id) => found.get(id)).filter((item) => item !== undefined);
  }

  protected async find(filter: Filter, { sort = [], limit, skip }: FindOptions = {}): Promise<Item[]> {
    const order: [string, 1 | -1][] = sort.map(orderOf).map(({ field, direction }) => [field, direction]);
    const found = await this.query(await this.lookedUp(filter), order, limit, skip);
    if (!this.personal) return found.map((stored) => this.itemOf(stored));
    const opened = await this.personal.open(found);
    // a document whose key was shredded may still have the token, in a database that was restored
    return opened.flatMap(({ plain }) => (this.personal?.agrees(plain, filter) ? [this.itemOf(plain)] : []));
  }

  protected async findOne(filter: Filter): Promise<Item | undefined> {
    const [item] = await this.find(filter, { limit: 1 });
    return item;
  }

  protected async count(filter: Filter): Promise<number> {
    return this.shape.model.countDocuments(this.filterOf(await this.lookedUp(filter)));
  }

  /**
   * One page of a list, complete and without repetition also while others write: cursors name a position, not a number.
   * An index on the filter's fields, the sort field and `_id` keeps it fast. Throws {@link InvalidCursor}.
   */
  protected async page(filter: Filter, { after, limit, sort }: PageRequest): Promise<Page<Item>> {
    if (!Number.isSafeInteger(limit) || limit < 1) throw new RangeError(`${limit} items are not a page`);
    const order = orderOf(sort);
    const wanted = await this.lookedUp(filter);
    const all = after === undefined ? wanted : { $and: [this.filterOf(wanted), afterCursor(after, order)] };
    const sorting: [string, 1 | -1][] = [[order.field, order.direction]];
    if (order.field !== '_id') sorting.push(['_id', order.direction]);
    const found = await this.query(all, sorting, limit + 1).catch((error: unknown) => {
      // a value of another kind than the field's: only a cursor can bring it here, filters come from parsed values
      if (after !== undefined && error instanceof mongoose.Error.CastError) throw new InvalidCursor({ cause: error });
      throw error;
    });
    const page = found.slice(0, limit);
    const last = page.at(-1);
    const items = await this.itemsOf(page);
    return found.length > limit && last ? { items, next: cursorOf(order, last) } : { items };
  }

  /** Results of an aggregation; stages come from our own code only. */
  protected aggregate<Result extends object>(stages: mongoose.PipelineStage[]): Promise<Result[]> {
    return this.shape.model.aggregate<Result>(stages).exec();
  }

  // made once: the driver makes a new view, with all its options, whenever it is asked
  private view: Native | undefined;
  protected get native(): Native {
    return (this.view ??= this.database.native(this.collection));
  }

  /** Of a document without personal fields, or of one that was opened. */
  protected itemOf(stored: Stored): Item {
    if (stored.personal) throw new TypeError(`${this.collection}: a document has to be opened before it is read`);
    return this.shape.toState<Item>(stored);
  }

  /** What many documents say; their people's keys are looked up together. */
  protected async itemsOf(found: readonly Stored[]): Promise<Item[]> {
    if (!this.personal) return found.map((stored) => this.itemOf(stored));
    return (await this.personal.open(found)).map(({ plain }) => this.itemOf(plain));
  }

  protected async open(raw: Stored): Promise<Opened> {
    const [opened] = this.personal ? await this.personal.open([raw]) : [];
    return opened ?? { raw, plain: raw };
  }

  /** Fields as they are to be written. */
  protected async sealed(id: string, fields: Loose & Setting, options?: SealOptions): Promise<Sealed> {
    return this.personal ? this.personal.seal(id, fields, options) : { fields, set: {}, unset: [], seen: fields };
  }

  private async lookedUp(filter: Filter): Promise<Filter> {
    return this.personal ? this.personal.lookedUp(filter) : filter;
  }

  /** Conditions that every reader of this store implies. */
  protected filterOf(filter: Filter): Loose {
    this.personal?.assertSearchable(Object.keys(filter));
    const { id, ...rest } = filter;
    return id === undefined ? rest : { ...rest, _id: id };
  }

  protected load(id: string): Promise<Stored | undefined> {
    return this.loads.one(id);
  }

  private async query(filter: Filter, sort: [string, 1 | -1][], limit = 0, skip = 0): Promise<Stored[]> {
    this.personal?.assertSearchable(sort.map(([field]) => field));
    const query = this.shape.model.find(this.filterOf(filter)).skip(skip).limit(limit).sort(sort);
    return query.lean<Stored[]>().exec();
  }
}
