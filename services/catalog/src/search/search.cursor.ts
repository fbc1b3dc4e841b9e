import { InvalidCursor } from '@lyceum/store';
import { z } from 'zod';
import type { Hit } from './course-index.js';
import type { SearchQuery } from './search.query.js';

type Sort = SearchQuery['sort'];
/** What a hit is sorted by, ascending, most important first; the id last, so that no two are equal. */
export type Keys = readonly (string | number)[];

/** Where a page ended: a position in an order, not a number, so that it stays right while courses come and go. */
export interface Cursor {
  readonly tolerant: boolean;
  readonly keys: Keys;
}

const keys: Readonly<Record<Sort, (hit: Hit) => Keys>> = {
  relevance: ({ entry, score }) => [-score, -entry.since, entry.listing.id],
  newest: ({ entry }) => [-entry.since, entry.listing.id],
  price: ({ entry }) => [entry.priceRank, entry.listing.id],
  '-price': ({ entry }) => [-entry.priceRank, entry.listing.id],
  title: ({ entry }) => [entry.titleKey, entry.listing.id],
};
const shapes: Readonly<Record<Sort, z.ZodType<Keys>>> = {
  relevance: z.tuple([z.number(), z.number(), z.string()]),
  newest: z.tuple([z.number(), z.string()]),
  price: z.tuple([z.number(), z.string()]),
  '-price': z.tuple([z.number(), z.string()]),
  title: z.tuple([z.string(), z.string()]),
};

export const keysOf = (sort: Sort, hit: Hit): Keys => keys[sort](hit);

/** Negative when `a` comes first. */
export function compare(a: Keys, b: Keys): number {
  for (const [place, key] of a.entries()) {
    const other = b[place];
    if (other === undefined || key === other) continue;
    return key < other ? -1 : 1;
  }
  return 0;
}

export const cursorText = (sort: Sort, { tolerant, keys: position }: Cursor): string =>
  Buffer.from(JSON.stringify([sort, tolerant, position])).toString('base64url');

/** Throws InvalidCursor for anything that a search in this order has not handed out. */
export function readCursor(text: string, sort: Sort): Cursor {
  try {
    const written: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    const [, tolerant, position] = z.tuple([z.literal(sort), z.boolean(), shapes[sort]]).parse(written);
    return { tolerant, keys: position };
  } catch (cause) {
    throw new InvalidCursor({ cause });
  }
}
