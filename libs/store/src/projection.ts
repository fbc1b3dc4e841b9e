import { performance } from 'node:perf_hooks';
import type { Envelope } from '@lyceum/contracts';
import type { Database } from './database.js';
import { Documents, type Filter, where } from './documents.js';
import { buildIndexes } from './migration.js';
import { Rebuild } from './rebuild.js';
import type { FieldsOf } from './records.js';
import { Rows } from './rows.js';
import type { IndexSpec, Loose, Native, Shape } from './shape.js';

/** Where facts are put: the projection itself, or its copy while it is being rebuilt. */
export interface FactWriter<Row extends { id: string }> {
  /**
   * The whole row as its only source tells it. False when a fact of that version or a newer one was there already.
   * @param version `aggregateversion` of the event
   */
  put(version: number, row: Row): Promise<boolean>;
  /**
   * Some fields of a row that several sources feed; each source sets fields of its own. A field given as undefined is taken
   * away. Makes the row if it is not there. False when that source had told something as new already.
   * @param source names the aggregate that tells: its kind, with its id when several of a kind feed one row
   */
  patch(id: string, source: string, version: number, fields: FieldsOf<Row>): Promise<boolean>;
  /**
   * The row is gone for readers. It comes back only by a newer fact of the same source; facts of other sources are kept for
   * that case. False when that source had told something newer.
   */
  remove(id: string, version: number, source?: string): Promise<boolean>;
  /** Empties the row for good: no later or repeated fact brings anything of it back. */
  erase(id: string): Promise<void>;
}

/**
 * A local copy of facts that other services own. Events may come twice, late and in any order: for each source of a row only
 * the newest counts.
 */
export abstract class Projection<Row extends { id: string }> extends Documents<Row> implements FactWriter<Row> {
  private readonly rows: Rows<Row>;
  private readonly rebuilds: Rebuild;
  private readonly indexes: readonly IndexSpec[];

  protected constructor(database: Database, shape: Shape) {
    super(database, shape, { outbox: false });
    this.indexes = shape.indexes;
    this.rows = new Rows(this.shape, shape.collection);
    this.rebuilds = new Rebuild(database, shape.collection);
  }

  put(version: number, row: Row): Promise<boolean> {
    return this.write((rows, target) => rows.put(target, version, row));
  }

  patch(id: string, source: string, version: number, fields: FieldsOf<Row>): Promise<boolean> {
    return this.write((rows, target) => rows.patch(target, id, source, version, fields));
  }

  remove(id: string, version: number, source?: string): Promise<boolean> {
    return this.write((rows, target) => rows.remove(target, id, version, source));
  }

  async erase(id: string): Promise<void> {
    await this.write((rows, target) => rows.erase(target, id).then(() => true));
  }

  /**
   * Makes the projection anew from its sources' events, beside the present one, and then takes its place at once: readers see
   * the old rows or the new ones. Events that are handled meanwhile, in this or another instance, are in both.
   * @param apply what the reactions do with an event, done to the copy
   * @param settleMs how long other instances may take to notice that a rebuild has begun
   * Throws {@link Busy} when a rebuild is under way, and what `apply` throws; the present rows then stay.
   */
  async rebuild(
    events: AsyncIterable<Envelope>,
    apply: (event: Envelope, into: FactWriter<Row>) => Promise<unknown>,
    { settleMs = 3_000 }: { settleMs?: number } = {},
  ): Promise<void> {
    await this.rebuilds.run(settleMs, async (shadow, alive) => {
      const target = this.database.native(shadow);
      await buildIndexes(target, this.indexes, this.database.log);
      const { rows } = this;
      const into: FactWriter<Row> = {
        put: (version, row) => rows.put(target, version, row),
        patch: (id, source, version, fields) => rows.patch(target, id, source, version, fields),
        remove: (id, version, source) => rows.remove(target, id, version, source),
        erase: (id) => rows.erase(target, id),
      };
      // who was erased stays erased, whatever the events still say
      for await (const { _id } of this.native.find({ erased: true }, { projection: { _id: 1 } })) await into.erase(_id);
      for await (const event of events) {
        alive.throwIfAborted();
        await apply(event, into);
      }
    });
  }

  override async get(id: string): Promise<Row | undefined> {
    const stored = await this.load(id);
    return stored && !stored['removedBy'] && !stored['erased'] ? this.itemOf(stored) : undefined;
  }

  protected override filterOf(filter: Filter): Loose {
    return { ...super.filterOf(filter), removedBy: where({ $exists: false }), erased: where({ $exists: false }) };
  }

  /** Writes to the copy first, while there is one: whichever of the two survives has the fact. */
  private async write(put: (rows: Rows<Row>, target: Native) => Promise<boolean>): Promise<boolean> {
    for (let seen = await this.rebuilds.current(); ;) {
      const begun = performance.now();
      if (seen.shadow) await put(this.rows, this.database.native(seen.shadow));
      const applied = await put(this.rows, this.native);
      if (performance.now() - begun < Rebuild.noticedWithinMs) return applied;
      // held up for so long that a rebuild may have begun unseen: then the fact is put again, which changes nothing twice
      const now = await this.rebuilds.look();
      if (now.generation === seen.generation) return applied;
      seen = now;
    }
  }
}
