import type { Collection, StoredDoc } from '../storage/collection.js';
import type { CollectionView } from '../storage/collection-view.js';
import type { WriteBatch } from '../storage/write-batch.js';
import type { Doc } from '../values/document.js';
import type { Source } from './source.js';

/** What a write command changes: a collection, or what its transaction sees of one. */
export interface WriteTarget {
  readonly source: Source;
  insert(doc: Doc, bytes?: Buffer): StoredDoc;
  /** The next version; the old one itself when not a byte differs. */
  replace(before: StoredDoc, doc: Doc): StoredDoc;
  remove(stored: StoredDoc): void;
}

export const inCollection = (batch: WriteBatch, collection: Collection): WriteTarget => ({
  source: collection,
  insert: (doc, bytes) => batch.insert(collection, doc, bytes),
  replace: (before, doc) => batch.replace(collection, before, doc),
  remove: (stored) => batch.remove(collection, stored),
});

export const inTransaction = (view: CollectionView): WriteTarget => ({
  source: view,
  insert: (doc, bytes) => view.insert(doc, bytes),
  replace: (before, doc) => view.replace(before, doc),
  remove: (stored) => view.remove(stored),
});
