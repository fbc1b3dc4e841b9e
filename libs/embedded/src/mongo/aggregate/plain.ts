import { BSONRegExp, Double, Int32, Long, Timestamp } from 'bson';
import { compileRegex } from '../query/regex.js';
import { type Doc, isDoc, setField } from '../values/document.js';
import { carryScore } from '../query/projection.js';

/**
 * A copy in which every number that JavaScript can hold is a plain JavaScript number: what expressions calculate with.
 * Decimals and int64 beyond 2^53 stay what they are.
 */
export function plain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => plain(item));
  if (isDoc(value)) return plainDoc(value);
  if (value instanceof Double || value instanceof Int32) return value.value;
  if (value instanceof Long && !(value instanceof Timestamp)) {
    const near = value.toNumber();
    return Number.isSafeInteger(near) ? near : value;
  }
  return value;
}

export function plainDoc(doc: Doc): Doc {
  const result: Doc = {};
  for (const key of Object.keys(doc)) setField(result, key, plain(doc[key]));
  carryScore(doc, result);
  return result;
}

/** The same for a pipeline or an expression, whose regular expressions become JavaScript's. */
export function plainExpression(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => plainExpression(item));
  if (isDoc(value)) {
    const result: Doc = {};
    for (const key of Object.keys(value)) setField(result, key, plainExpression(value[key]));
    return result;
  }
  return value instanceof BSONRegExp ? compileRegex(value) : plain(value);
}

/** Gives untouched numbers of a computed document the BSON type that they had before. */
export function withOriginalTypes(original: unknown, computed: unknown): unknown {
  if (typeof computed === 'number') {
    const same =
      (original instanceof Double && original.value === computed) ||
      (original instanceof Long && !(original instanceof Timestamp) && original.toNumber() === computed);
    return same ? original : computed;
  }
  if (Array.isArray(computed))
    return computed.map((item: unknown, i) =>
      withOriginalTypes(Array.isArray(original) ? original[i] : undefined, item),
    );
  if (!isDoc(computed)) return computed;
  const result: Doc = {};
  for (const key of Object.keys(computed))
    setField(result, key, withOriginalTypes(isDoc(original) ? original[key] : undefined, computed[key]));
  return result;
}
