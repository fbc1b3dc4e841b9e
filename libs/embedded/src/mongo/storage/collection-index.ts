import { CommandError } from '../errors.js';
import { compileFilter } from '../query/filter.js';
import { plainValue } from '../query/path.js';
import type { Predicate } from '../query/predicate.js';
import { type Collation, collationOf } from '../values/collation.js';
import { type Doc, isDoc, toNumber } from '../values/document.js';
import { shown } from '../values/shown.js';
import { type IndexField, indexFields, type IndexKeys, indexKeys } from './index-keys.js';
import { SortedKeys } from './sorted-keys.js';

/** One B-tree-like index of a collection; its definition is the document that `listIndexes` shows. */
export class CollectionIndex {
  readonly name: string;
  readonly fields: readonly IndexField[];
  readonly unique: boolean;
  readonly sparse: boolean;
  readonly partial: Doc | undefined;
  readonly collation: Collation | undefined;
  readonly entries = new SortedKeys();
  /** Which fields ever came out of an array. */
  readonly opened: boolean[];
  private readonly belongs: Predicate | undefined;
  private latest: { readonly doc: Doc; readonly keys: IndexKeys | undefined } | undefined;

  constructor(readonly definition: Doc) {
    this.name = String(definition['name']);
    this.fields = indexFields(isDoc(definition['key']) ? definition['key'] : {});
    this.unique = definition['unique'] === true || this.name === '_id_';
    this.sparse = definition['sparse'] === true;
    const partial = definition['partialFilterExpression'];
    this.partial = isDoc(partial) ? partial : undefined;
    this.collation = collationOf(definition['collation']);
    this.belongs = this.partial && compileFilter(this.partial, { collation: this.collation });
    this.opened = this.fields.map(() => false);
  }

  get multikey(): boolean {
    return this.opened.includes(true);
  }

  /** After how many seconds a document is deleted, for a TTL index. */
  get expireAfterSeconds(): number | undefined {
    return toNumber(this.definition['expireAfterSeconds']);
  }

  /** A document never changes: asked again for the same one, as on the way of every write, the keys are at hand. */
  keysOf(doc: Doc): IndexKeys | undefined {
    if (this.latest?.doc === doc) return this.latest.keys;
    const keys = this.makeKeys(doc);
    this.latest = { doc, keys };
    return keys;
  }

  private makeKeys(doc: Doc): IndexKeys | undefined {
    if (this.belongs && !this.belongs(doc)) return undefined;
    const keys = indexKeys(doc, this.fields, this.collation);
    return this.sparse && keys.allMissing ? undefined : keys;
  }

  /** Throws 11000 when another record already has one of the document's keys. */
  refuseDuplicate(doc: Doc, record: number | undefined, namespace: string): void {
    if (!this.unique) return;
    for (const key of this.keysOf(doc)?.keys ?? [])
      if (this.entries.hasOther(key, record)) throw this.duplicate(doc, namespace);
  }

  /** Enters a record's next version in the place of the one before; most updates leave most indexes as they are. */
  put(before: Doc | undefined, next: Doc, record: number): void {
    const found = this.keysOf(next);
    const keys = found?.keys ?? [];
    const old = before === undefined ? [] : (this.makeKeys(before)?.keys ?? []);
    if (keys.length === 1 && old.length === 1 && keys[0] === old[0]) return;
    for (const key of old) this.entries.delete(key, record);
    for (const key of keys) this.entries.add(key, record);
    found?.opened.forEach((open, i) => {
      if (open) this.opened[i] = true;
    });
  }

  remove(doc: Doc, record: number): void {
    for (const key of this.keysOf(doc)?.keys ?? []) this.entries.delete(key, record);
  }

  /** Fills the index from existing records; throws 11000 if it is unique and they are not. */
  build(records: Iterable<{ readonly id: number; readonly doc: Doc }>, namespace: string): void {
    const entries: { key: string; record: number; doc: Doc }[] = [];
    for (const { id, doc } of records) {
      const found = this.keysOf(doc);
      if (!found) continue;
      for (const key of found.keys) entries.push({ key, record: id, doc });
      found.opened.forEach((open, i) => {
        if (open) this.opened[i] = true;
      });
    }
    this.entries.load(entries);
    if (!this.unique) return;
    for (let i = 1; i < entries.length; i++) {
      const [before, entry] = [entries[i - 1], entries[i]];
      if (before && entry && before.key === entry.key && before.record !== entry.record)
        throw this.duplicate(entry.doc, namespace);
    }
  }

  /** The error of a document that another one is in the way of. */
  duplicate(doc: Doc, namespace: string): CommandError {
    const keyValue: Doc = {};
    for (const { path, parts } of this.fields) {
      const value = plainValue(doc, parts);
      keyValue[path] = value === undefined ? null : value;
    }
    const values = Object.entries(keyValue).map(([path, value]) => `${path}: ${shown(value)}`);
    return new CommandError(
      11000,
      `E11000 duplicate key error collection: ${namespace} index: ${this.name} dup key: { ${values.join(', ')} }`,
      { keyPattern: this.definition['key'], keyValue },
    );
  }
}
