import { ObjectId } from 'bson';
import { isDoc } from './document.js';

/** A value as MongoDB writes it in messages. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return `"${value}"`;
  if (value instanceof ObjectId) return `ObjectId('${value.toHexString()}')`;
  if (value instanceof Date) return `new Date(${value.getTime()})`;
  if (Array.isArray(value)) return `[ ${value.map((item) => shown(item)).join(', ')} ]`;
  if (isDoc(value))
    return `{ ${Object.entries(value)
      .map(([key, inner]) => `${key}: ${shown(inner)}`)
      .join(', ')} }`;
  return String(value);
}
