import type { Collection } from '../storage/collection.js';
import { CollectionView } from '../storage/collection-view.js';
import { type Command, type Host, sessionOf } from './command.js';
import type { CursorOwner } from './cursors.js';

/** The documents that a command reads: a collection, or what its transaction sees of it. */
export type Source = Collection | CollectionView;

export const sourceOf = ({ engine, transaction }: Host, database: string, name: string): Source | undefined =>
  transaction ? transaction.view(database, name) : engine.collection(database, name);

/** The collection with its indexes and options. */
export const baseOf = (source: Source): Collection => (source instanceof CollectionView ? source.base : source);

/** Whose cursor a command opens or reads. */
export const ownerOf = (command: Command, { transaction }: Host): CursorOwner => ({
  session: sessionOf(command)?.toString('hex'),
  transaction,
});
