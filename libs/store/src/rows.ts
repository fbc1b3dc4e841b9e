import { isTaken, rethrow, unhindered } from './errors.js';
import type { PersonalFields, Sealed } from './personal-fields.js';
import type { FieldsOf } from './records.js';
import type { Loose, Native, Setting, StoredShape } from './shape.js';
import { type Upsert, Writes } from './writes.js';

const wholeRow = 'row';
const machinery = ['sources', 'removedBy', 'personal', 'tokens'];

/** Writes rows of a projection into a collection: the present one, or the copy of a rebuild. */
export class Rows<Row extends { id: string }> {
  private readonly writes = new Writes(() => this.target);

  constructor(
    private readonly shape: StoredShape,
    private readonly target: Native,
    private readonly personal: PersonalFields | undefined,
  ) {}

  /** The name of the collection. */
  get name(): string {
    return this.target.collectionName;
  }

  async put(version: number, row: Row): Promise<boolean> {
    const stored = await this.shape.toStored(row);
    const { fields, set, unset } = await this.sealed(row.id, stored, [...this.shape.names]);
    const gone = [...this.shape.names].filter((name) => !(name in fields));
    return this.apply(row.id, wholeRow, version, { ...fields, ...set }, [...gone, ...unset]);
  }

  async patch(id: string, source: string, version: number, fields: FieldsOf<Row>): Promise<boolean> {
    const part = await this.sealed(id, await this.shape.toStoredPart(fields), Object.keys(fields));
    const gone = Object.keys(fields).filter((name) => this.shape.names.has(name) && !(name in part.fields));
    return this.apply(id, source, version, { ...part.fields, ...part.set }, [...gone, ...part.unset]);
  }

  /** What its only source had told goes with the row; of several sources each keeps what it knows. */
  async remove(id: string, version: number, source = wholeRow): Promise<boolean> {
    const gone = source === wholeRow ? [...this.shape.names, 'personal', 'tokens'] : [];
    const $unset = Object.fromEntries(gone.map((name) => [name, '' as const]));
    return this.write(id, source, version, { $set: { removedBy: keyOf(source) }, $unset });
  }

  async erase(id: string): Promise<void> {
    const gone = Object.fromEntries([...this.shape.names, ...machinery].map((name) => [name, '' as const]));
    const update = { $set: { erased: true, shape: this.shape.number }, $inc: { version: 1 }, $unset: gone };
    await this.target.updateOne({ _id: id }, update, { upsert: true }).catch(async (error: unknown) => {
      if (!isTaken(error)) throw error;
      await this.target.updateOne({ _id: id }, update);
    });
  }

  private async sealed(id: string, fields: Loose & Setting, names: readonly string[]): Promise<Sealed> {
    if (!this.personal) return { fields, set: {}, unset: [], seen: fields };
    return this.personal.seal(id, fields, { names: new Set(names) });
  }

  /** Sets the fields, and shows a row again that this source had removed. */
  private async apply(
    id: string,
    source: string,
    version: number,
    set: Setting & Loose,
    gone: readonly string[],
  ): Promise<boolean> {
    const unset = Object.fromEntries(gone.map((name) => [name, '' as const]));
    const removed = { removedBy: keyOf(source) };
    // most rows were never removed: then one round trip is enough
    if (await this.write(id, source, version, { $set: set, $unset: unset }, { removedBy: { $ne: removed.removedBy } }))
      return true;
    const back = { $set: set, $unset: { ...unset, removedBy: '' as const } };
    return this.write(id, source, version, back, removed, { upsert: false });
  }

  private async write(
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
    return upsert
      ? this.writes.one({ filter, update }, () => this.upsert(filter, update))
      : this.update(filter, update);
  }

  private async upsert(filter: Upsert['filter'], update: Upsert['update']): Promise<boolean> {
    try {
      // nothing matches a row that knows better, and an insert beside it is refused
      const { matchedCount, upsertedCount } = await unhindered(() =>
        this.target.updateOne(filter, update, { upsert: true }),
      );
      return matchedCount + upsertedCount > 0;
    } catch (error) {
      if (!isTaken(error)) return rethrow(error, this.name);
    }
    return this.update(filter, update); // or somebody else inserted it just now
  }

  private async update(filter: Upsert['filter'], update: Upsert['update']): Promise<boolean> {
    const { matchedCount } = await unhindered(() => this.target.updateOne(filter, update));
    return matchedCount > 0;
  }
}

/** Ids may hold what a field name may not. */
const keyOf = (source: string): string => source.replaceAll('%', '%25').replaceAll('.', '%2E').replaceAll('$', '%24');
