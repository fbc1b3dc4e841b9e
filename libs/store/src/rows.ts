import { isTaken, rethrow, unhindered } from './errors.js';
import type { FieldsOf } from './records.js';
import type { Loose, Native, Setting, StoredShape } from './shape.js';

const wholeRow = 'row';

/** Writes rows of a projection into a collection: the present one, or the copy of a rebuild. */
export class Rows<Row extends { id: string }> {
  constructor(
    private readonly shape: StoredShape,
    private readonly collection: string,
  ) {}

  async put(target: Native, version: number, row: Row): Promise<boolean> {
    const fields = await this.shape.toStored(row);
    const gone = [...this.shape.names].filter((name) => !(name in fields));
    return this.apply(target, row.id, wholeRow, version, fields, gone);
  }

  async patch(target: Native, id: string, source: string, version: number, fields: FieldsOf<Row>): Promise<boolean> {
    const set = await this.shape.toStoredPart(fields);
    const gone = Object.keys(fields).filter((name) => this.shape.names.has(name) && !(name in set));
    return this.apply(target, id, source, version, set, gone);
  }

  async remove(target: Native, id: string, version: number, source = wholeRow): Promise<boolean> {
    return this.write(target, id, source, version, { $set: { removedBy: keyOf(source) } });
  }

  async erase(target: Native, id: string): Promise<void> {
    const gone = Object.fromEntries([...this.shape.names, 'sources', 'removedBy'].map((name) => [name, '' as const]));
    const update = { $set: { erased: true, shape: this.shape.number }, $inc: { version: 1 }, $unset: gone };
    await target.updateOne({ _id: id }, update, { upsert: true }).catch(async (error: unknown) => {
      if (!isTaken(error)) throw error;
      await target.updateOne({ _id: id }, update);
    });
  }

  /** Sets the fields, and shows a row again that this source had removed. */
  private async apply(
    target: Native,
    id: string,
    source: string,
    version: number,
    set: Setting & Loose,
    gone: readonly string[],
  ): Promise<boolean> {
    const unset = Object.fromEntries(gone.map((name) => [name, '' as const]));
    const removed = { removedBy: keyOf(source) };
    // most rows were never removed: then one round trip is enough
    if (
      await this.write(
        target,
        id,
        source,
        version,
        { $set: set, $unset: unset },
        { removedBy: { $ne: removed.removedBy } },
      )
    )
      return true;
    const back = { $set: set, $unset: { ...unset, removedBy: '' as const } };
    return this.write(target, id, source, version, back, removed, { upsert: false });
  }

  private async write(
    target: Native,
    id: string,
    source: string,
    version: number,
    { $set, $unset = {} }: { $set: Setting; $unset?: Record<string, ''> },
    condition: Loose = {},
    { upsert } = { upsert: true },
  ): Promise<boolean> {
    if (!Number.isSafeInteger(version) || version < 0) throw new TypeError(`${String(version)} is not a version`);
    const known = `sources.${keyOf(source)}`;
    const filter = { _id: id, erased: { $ne: true }, [known]: { $not: { $gte: version } }, ...condition };
    const update = {
      $set: { ...$set, [known]: version, shape: this.shape.number },
      $inc: { version: 1 },
      ...(Object.keys($unset).length > 0 ? { $unset } : {}),
    };
    try {
      // nothing matches a row that knows better, and an insert beside it is refused
      const { matchedCount, upsertedCount } = await unhindered(() => target.updateOne(filter, update, { upsert }));
      return matchedCount + upsertedCount > 0;
    } catch (error) {
      if (!isTaken(error)) return rethrow(error, this.collection);
    }
    const { matchedCount } = await unhindered(() => target.updateOne(filter, update)); // or somebody else inserted it just now
    return matchedCount > 0;
  }
}

/** Ids may hold what a field name may not. */
const keyOf = (source: string): string => source.replaceAll('%', '%25').replaceAll('.', '%2E').replaceAll('$', '%24');
