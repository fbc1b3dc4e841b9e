import { performance } from 'node:perf_hooks';
import type { Envelope } from '@lyceum/contracts';
import { Copy } from './copy.js';
import type { Database } from './database.js';
import { Documents, type Filter, where } from './documents.js';
import { type Feed, copyBeingFilled, retelling } from './feeds.js';
import { Rebuild } from './rebuild.js';
import type { FieldsOf } from './records.js';
import { Rows } from './rows.js';
import type { IndexSpec, Loose, Shape } from './shape.js';

/**
 * A local copy of facts that other services own. Events may come twice, late and in any order: for each source of a row only
 * the newest counts. It can be made anew from what its sources have published ({@link Rebuild}), while events come.
 */
export abstract class Projection<Row extends { id: string }> extends Documents<Row> {
  /** The events that it is made from: each has a reaction that does the same live. */
  abstract readonly feeds: readonly Feed[];
  /** Its latest rebuild. */
  readonly rebuild: Rebuild;
  private readonly rows: Rows<Row>;
  private copied: Rows<Row> | undefined;
  private readonly indexes: readonly IndexSpec[];

  protected constructor(database: Database, shape: Shape) {
    super(database, shape, { outbox: false });
    this.indexes = this.personal?.indexes(shape.indexes).wanted ?? shape.indexes;
    this.rows = new Rows(this.shape, this.native, this.personal);
    this.rebuild = new Rebuild(database, shape.collection);
    database.projections.set(shape.collection, this);
  }

  /** Its name: that of its collection. */
  get name(): string {
    return this.collection;
  }

  /**
   * The whole row as its only source tells it. False when a fact of that version or a newer one was there already.
   * @param version `aggregateversion` of the event
   */
  put(version: number, row: Row): Promise<boolean> {
    return this.write((rows) => rows.put(version, row));
  }

  /**
   * Some fields of a row that several sources feed; each source sets fields of its own. A field given as undefined is taken
   * away. Makes the row if it is not there. False when that source had told something as new already.
   * @param source names the aggregate that tells: its kind, with its id when several of a kind feed one row
   */
  patch(id: string, source: string, version: number, fields: FieldsOf<Row>): Promise<boolean> {
    return this.write((rows) => rows.patch(id, source, version, fields));
  }

  /**
   * The row is gone for readers. It comes back only by a newer fact of the same source; facts of other sources are kept for
   * that case. False when that source had told something newer.
   */
  remove(id: string, version: number, source?: string): Promise<boolean> {
    return this.write((rows) => rows.remove(id, version, source));
  }

  /** Like {@link put}, for a row about somebody: of a person who was erased here nothing is kept, however late the fact is. */
  protected async putAbout(personId: string, version: number, row: Row): Promise<boolean> {
    if (!(await this.database.erased.has(personId))) return this.put(version, row);
    await this.erase(row.id);
    return false;
  }

  /** Empties every row that meets the condition for good. Says how many there were. */
  protected async eraseAll(condition: Filter): Promise<number> {
    for (let count = 0; ;) {
      const found = await this.find(condition, { limit: 200 });
      await Promise.all(found.map(({ id }) => this.erase(id)));
      count += found.length;
      if (found.length === 0) return count;
    }
  }

  /** Empties the row for good: no later or repeated fact brings anything of it back. */
  async erase(id: string): Promise<void> {
    await this.write((rows) => rows.erase(id).then(() => true));
  }

  /**
   * Tells it an event of the past: what the event's feed writes goes into the copy and has no other effect.
   * Throws what the feed throws; an event that does not feed it is passed over.
   */
  async retell(event: Envelope, copy: string): Promise<void> {
    const feed = this.feeds.find(({ event: { type } }) => type === event.type);
    if (feed) await retelling({ collection: this.collection, copy }, () => feed.tell(event));
  }

  /** Makes the copy ready to be filled. */
  prepareCopy(copy: string): Promise<void> {
    return new Copy(this.database, this.collection, copy).prepare(this.indexes);
  }

  /** Puts the copy in the place of the present rows, at once. */
  takeCopy(copy: string): Promise<void> {
    return new Copy(this.database, this.collection, copy).takePlace();
  }

  dropCopy(copy: string): Promise<void> {
    return new Copy(this.database, this.collection, copy).drop();
  }

  /** About how many rows are kept, those that readers no longer see among them. */
  size(): Promise<number> {
    return this.native.estimatedDocumentCount();
  }

  override async get(id: string): Promise<Row | undefined> {
    const stored = await this.load(id);
    if (!stored || stored.removedBy || stored.erased) return undefined;
    return this.itemOf((await this.open(stored)).plain);
  }

  protected override filterOf(filter: Filter): Loose {
    return { ...super.filterOf(filter), removedBy: where({ $exists: false }), erased: where({ $exists: false }) };
  }

  /** Writes to the copy first, while there is one: whichever of the two survives has the fact. */
  private async write(put: (rows: Rows<Row>) => Promise<boolean>): Promise<boolean> {
    const only = copyBeingFilled(this.collection);
    if (only) return put(this.rowsIn(only));
    for (let seen = await this.rebuild.current(); ;) {
      const begun = performance.now();
      if (seen.copy) await put(this.rowsIn(seen.copy));
      const applied = await put(this.rows);
      if (performance.now() - begun < Rebuild.noticedWithinMs) return applied;
      // held up for so long that a rebuild may have begun unseen: then the fact is put again, which changes nothing twice
      const now = await this.rebuild.look();
      if (now.generation === seen.generation) return applied;
      seen = now;
    }
  }

  private rowsIn(copy: string): Rows<Row> {
    if (this.copied?.name !== copy) this.copied = new Rows(this.shape, this.database.native(copy), this.personal);
    return this.copied;
  }
}
