import mongoose from 'mongoose';
import { InvalidCursor } from './errors.js';
import type { Filter } from './documents.js';

export interface PageRequest {
  /** `next` of the page before. */
  after?: string | undefined;
  /** How many items at most. */
  limit: number;
  /** Field to sort by, `-` first for descending; ties are ordered by id. Default `id`. */
  sort?: string | undefined;
}

export interface Page<Item> {
  readonly items: Item[];
  /** Where the next page begins; absent on the last one. */
  readonly next?: string;
}

/** Everything that a list holds, page by page; pages without anything are left out. What is taken out meanwhile skips nothing. */
export async function* inPages<Item>(
  pageOf: (request: PageRequest) => Promise<Page<Item>>,
  limit = 200,
): AsyncGenerator<Item[], void> {
  let after: string | undefined;
  do {
    const { items, next } = await pageOf({ limit, after });
    if (items.length > 0) yield items;
    after = next;
  } while (after !== undefined);
}

type Value = string | number | boolean | null | Date;
interface Position {
  value: Value;
  id: string;
}
export interface Order {
  readonly field: string;
  readonly direction: 1 | -1;
}

const longest = 2_000;

export function orderOf(sort = 'id'): Order {
  const field = sort.replace(/^-/, '');
  return { field: field === 'id' ? '_id' : field, direction: sort.startsWith('-') ? -1 : 1 };
}

/** The cursor of an item: opaque to clients, bound to the list's order. */
export function cursorOf({ field, direction }: Order, item: { _id: string; [field: string]: unknown }): string {
  const value = field === '_id' ? null : valueAt(item, field);
  const written = value instanceof Date ? { date: value.getTime() } : value;
  return Buffer.from(JSON.stringify([field, direction, written, item._id])).toString('base64url');
}

function valueAt(item: unknown, path: string): Value {
  let value = item;
  for (const key of path.split('.'))
    value = typeof value === 'object' && value !== null ? Object.entries(value).find(([k]) => k === key)?.[1] : null;
  if (value === undefined || value === null) return null;
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' || value instanceof Date)
    return value;
  throw new TypeError(`A list cannot be paged by ${path}: it holds more than one value`);
}

function positionOf(cursor: string, { field, direction }: Order): Position {
  if (cursor.length > longest) throw new InvalidCursor();
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch (cause) {
    throw new InvalidCursor({ cause });
  }
  if (!Array.isArray(parsed) || parsed.length !== 4) throw new InvalidCursor();
  const [ofField, ofDirection, written, id] = parsed as unknown[];
  const value = readValue(written);
  if (ofField !== field || ofDirection !== direction || typeof id !== 'string' || value === undefined)
    throw new InvalidCursor();
  return { value, id };
}

function readValue(written: unknown): Value | undefined {
  if (written === null || typeof written === 'string' || typeof written === 'boolean') return written;
  if (typeof written === 'number') return Number.isFinite(written) ? written : undefined;
  if (typeof written !== 'object' || !('date' in written) || typeof written.date !== 'number') return undefined;
  const date = new Date(written.date);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

/**
 * The condition for what comes after a cursor. Databases sort missing values first; that is kept.
 * Throws {@link InvalidCursor} for a text that no page of this order has handed out.
 */
export function afterCursor(cursor: string, order: Order): Filter {
  const { value, id } = positionOf(cursor, order);
  const { field, direction } = order;
  const beyond = (limit: Value) => mongoose.trusted(direction === 1 ? { $gt: limit } : { $lt: limit });
  if (field === '_id') return { _id: beyond(id) };
  const tied = { [field]: value, _id: beyond(id) };
  if (value === null) return direction === 1 ? { $or: [tied, { [field]: mongoose.trusted({ $ne: null }) }] } : tied;
  return { $or: [{ [field]: beyond(value) }, tied, ...(direction === -1 ? [{ [field]: null }] : [])] };
}
