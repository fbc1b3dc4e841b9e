import { CommandError, failedToParse } from '../../errors.js';
import { type Doc, isDoc, toNumber } from '../../values/document.js';
import { addUnits, type Unit, unitOf } from '../expressions/date-arithmetic.js';

/** Which documents of a partition a window holds: the range of their places, the end not included. */
export type Bounds = (at: number, keys: readonly unknown[]) => readonly [from: number, to: number];

type Edge = number | 'current' | 'unbounded';

function edgeOf(value: unknown, whole: boolean): Edge {
  if (value === 'current' || value === 'unbounded') return value;
  const number = toNumber(value);
  if (number === undefined || (whole && !Number.isInteger(number)))
    throw failedToParse(`Window bounds must be a number, 'current' or 'unbounded'`);
  return number;
}

function edges(value: unknown, whole: boolean): [Edge, Edge] {
  if (!Array.isArray(value) || value.length !== 2) throw failedToParse('Window bounds must be a 2-element array');
  const [low, high] = [edgeOf(value[0], whole), edgeOf(value[1], whole)];
  if (typeof low === 'number' && typeof high === 'number' && low > high)
    throw new CommandError(5339900, `Lower bound must not exceed upper bound: ${low}, ${high}`);
  return [low, high];
}

/** The whole partition when no window is given. */
export function boundsOf(window: unknown, sorted: boolean): Bounds {
  if (window === undefined) return (_, keys) => [0, keys.length];
  if (!isDoc(window)) throw failedToParse("'window' field must be an object");
  const { documents, range, unit } = window;
  if (documents !== undefined && range !== undefined)
    throw failedToParse("Window bounds can specify either 'documents' or 'unit', not both.");
  if (documents !== undefined) {
    const [low, high] = edges(documents, true);
    if (!sorted && !(low === 'unbounded' && high === 'unbounded'))
      throw new CommandError(5339901, 'Document-based bounds require a sortBy');
    return byPlace(low, high);
  }
  if (range === undefined) return (_, keys) => [0, keys.length];
  if (!sorted) throw new CommandError(5339902, 'Range-based bounds require sortBy a single field');
  const [low, high] = edges(range, false);
  return byValue(low, high, unit === undefined ? undefined : unitOf(unit));
}

const byPlace =
  (low: Edge, high: Edge): Bounds =>
  (at, keys) => {
    const from = low === 'unbounded' ? 0 : at + (low === 'current' ? 0 : low);
    const to = high === 'unbounded' ? keys.length : at + (high === 'current' ? 0 : high) + 1;
    return [Math.max(0, from), Math.max(0, Math.min(keys.length, to))];
  };

function moved(key: unknown, by: Edge, unit: Unit | undefined): number {
  const amount = typeof by === 'number' ? by : 0;
  if (key instanceof Date) {
    if (unit === undefined)
      throw new CommandError(5429513, 'Expected the sortBy field to be a number, but it was date');
    return addUnits(key, unit, amount, undefined).getTime();
  }
  const number = toNumber(key);
  if (number === undefined)
    throw new CommandError(5429414, 'For windows that involve date or numeric ranges the sortBy field must be one');
  return number + amount;
}

const plain = (key: unknown) => (key instanceof Date ? key.getTime() : (toNumber(key) ?? Number.NaN));

const byValue =
  (low: Edge, high: Edge, unit: Unit | undefined): Bounds =>
  (at, keys) => {
    const key = keys[at];
    const least = low === 'unbounded' ? Number.NEGATIVE_INFINITY : moved(key, low, unit);
    const most = high === 'unbounded' ? Number.POSITIVE_INFINITY : moved(key, high, unit);
    const from = keys.findIndex((other) => plain(other) >= least);
    const end = keys.findIndex((other) => plain(other) > most);
    return [from === -1 ? keys.length : from, end === -1 ? keys.length : end];
  };

/** One partition, sorted. */
export interface Partition {
  readonly docs: readonly Doc[];
  /** The values by which it is sorted, if by one field. */
  readonly keys: readonly unknown[];
  /** For each document whether the sort sees it as equal to the one before. */
  readonly ties: readonly boolean[];
}
