import { InvalidCursor } from '@lyceum/store';
import { z } from 'zod';
import type { SearchQuery } from './search.query.js';

/** Where a page of results ended: a position in an order, not a number, so that it stays right while courses come and go. */
export interface Cursor {
  readonly sort: SearchQuery['sort'];
  readonly tolerant: boolean;
  readonly tier: number;
  readonly value: string | number | Date;
  readonly id: string;
}

const date = z.iso.datetime().transform((text) => new Date(text));
const values = {
  relevance: date,
  newest: date,
  price: z.number(),
  '-price': z.number(),
  title: z.string().max(400),
} as const;
const Written = z.tuple([z.string(), z.boolean(), z.int().min(0).max(3), z.unknown(), z.string().min(1).max(200)]);

export const cursorText = ({ sort, tolerant, tier, value, id }: Cursor): string =>
  Buffer.from(JSON.stringify([sort, tolerant, tier, value, id])).toString('base64url');

/** Throws InvalidCursor for anything that a search in this order has not handed out. */
export function readCursor(text: string, sort: SearchQuery['sort']): Cursor {
  try {
    const written: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    const [ofSort, tolerant, tier, value, id] = Written.parse(written);
    if (ofSort !== sort) throw new InvalidCursor();
    return { sort, tolerant, tier, value: values[sort].parse(value), id };
  } catch (cause) {
    throw new InvalidCursor({ cause });
  }
}
