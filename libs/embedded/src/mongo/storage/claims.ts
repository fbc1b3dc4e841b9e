import { CommandError, transient } from '../errors.js';
import type { Doc } from '../values/document.js';
import type { CollectionIndex } from './collection-index.js';

/** A transaction, as far as others must know it. */
export interface Owner {
  /** Resolves when it was committed or aborted. */
  readonly ended: Promise<void>;
}

/** The records of a collection and the keys of its unique indexes that open transactions have changed. */
export class Claims {
  private readonly records = new Map<number, Owner>();
  private readonly keys = new Map<string, Owner>();

  get none(): boolean {
    return this.records.size === 0;
  }

  ownerOf(record: number): Owner | undefined {
    return this.records.get(record);
  }

  /** Who has changed something with one of the unique keys of this document; never `me`. */
  ownerOfKeys(indexes: Iterable<CollectionIndex>, doc: Doc, me?: Owner): Owner | undefined {
    for (const key of uniqueKeys(indexes, doc)) {
      const owner = this.keys.get(key);
      if (owner && owner !== me) return owner;
    }
    return undefined;
  }

  claim(record: number, owner: Owner): void {
    this.records.set(record, owner);
  }

  /** Gives what must be released. */
  claimKeys(indexes: Iterable<CollectionIndex>, doc: Doc, owner: Owner): string[] {
    const keys = [...uniqueKeys(indexes, doc)];
    for (const key of keys) this.keys.set(key, owner);
    return keys;
  }

  release(records: Iterable<number>, keys: Iterable<string>): void {
    for (const record of records) this.records.delete(record);
    for (const key of keys) this.keys.delete(key);
  }
}

function* uniqueKeys(indexes: Iterable<CollectionIndex>, doc: Doc): Generator<string> {
  for (const index of indexes)
    if (index.unique) for (const key of index.keysOf(doc)?.keys ?? []) yield `${index.name}\0${key}`;
}

export const writeConflict = () =>
  new CommandError(
    112,
    'Caused by :: Write conflict during plan execution and yielding is disabled. :: Please retry your operation or multi-document transaction.',
    {},
    [transient],
  );

/** A write outside of transactions met a change that is not committed: it can be tried again when that is decided. */
export class Blocked extends Error {
  constructor(readonly until: Promise<void>) {
    super('waiting for a transaction');
  }
}
