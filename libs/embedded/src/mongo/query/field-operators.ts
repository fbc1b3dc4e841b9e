import { Binary, Long } from 'bson';
import { badValue, failedToParse } from '../errors.js';
import { type Doc, isDoc, toNumber, truthy, typeName } from '../values/document.js';
import { compare, equal, nullRank, numberRank, rank } from '../values/order.js';
import { isNaNValue } from '../values/sort-key.js';
import { anyValue, pathParts } from './path.js';
import type { FilterContext, Predicate } from './predicate.js';
import { compileRegex, isRegex, toRegExp } from './regex.js';
import { typeTest } from './type-test.js';

type Test = (value: unknown) => boolean;
/** A test of a document, or of a value that is tested as it is. */
type AnyTest = (root: unknown) => boolean;
/** No path: the value itself, its elements are not looked at. */
type Path = string | undefined;

/** What the operators of one field may need. */
export interface FieldContext extends FilterContext {
  /** Compiles a filter inside `$elemMatch`. */
  readonly nested: (filter: Doc) => Predicate;
}

/** True for `{ $gt: 1 }`, false for `{ a: 1 }` and for a DBRef. */
export function isOperatorDoc(value: unknown): value is Doc {
  if (!isDoc(value)) return false;
  const first = Object.keys(value)[0];
  return first !== undefined && first.startsWith('$') && !['$ref', '$id', '$db'].includes(first);
}

const isNull = (value: unknown) => value === null || value === undefined;

/** Whether a single value equals the wanted one; null also means missing. */
export function equals(wanted: unknown, { collation }: FilterContext): Test {
  if (isNull(wanted)) return isNull;
  if (typeof wanted === 'string' && !collation) return (value) => value === wanted;
  return (value) => value !== undefined && equal(value, wanted, collation);
}

type Comparison = '$gt' | '$gte' | '$lt' | '$lte';

/** Only values of the operand's own type are compared; NaN is equal to itself and to nothing else. */
function compares(operator: Comparison, operand: unknown, { collation }: FilterContext): Test {
  const type = rank(operand);
  const orEqual = operator === '$gte' || operator === '$lte';
  if (type === nullRank) return orEqual ? isNull : () => false;
  if (type === numberRank && isNaNValue(operand))
    return (value) => orEqual && rank(value) === type && isNaNValue(value);
  const anyType = type === rankOfMinKey || type === rankOfMaxKey;
  return (value) => {
    if (value === undefined) return false;
    if (!anyType && (rank(value) !== type || (type === numberRank && isNaNValue(value)))) return false;
    const order = compare(value, operand, collation);
    switch (operator) {
      case '$gt':
        return order > 0;
      case '$gte':
        return order >= 0;
      case '$lt':
        return order < 0;
      case '$lte':
        return order <= 0;
    }
  };
}
const rankOfMinKey = 1;
const rankOfMaxKey = 127;

const matchesRegex = (regex: RegExp, itself: unknown): Test => {
  return (value) =>
    typeof value === 'string' ? regex.test(value) : isRegex(value) && isRegex(itself) && equal(value, itself);
};

function inList(operator: string, operand: unknown, context: FieldContext): Test {
  if (!Array.isArray(operand)) throw badValue(`${operator} needs an array`);
  const texts = new Set<unknown>(operand);
  if (!context.collation && operand.every((item) => typeof item === 'string')) return (value) => texts.has(value);
  const tests = operand.map((item: unknown): Test => {
    if (isOperatorDoc(item)) throw badValue(`cannot nest $ under ${operator}`);
    return isRegex(item) ? matchesRegex(compileRegex(item), item) : equals(item, context);
  });
  return (value) => tests.some((test) => test(value));
}

function bits(operator: string, operand: unknown): Test {
  let mask = 0n;
  const number = toNumber(operand);
  if (Array.isArray(operand)) for (const bit of operand as unknown[]) mask |= 1n << bitPosition(bit);
  else if (operand instanceof Binary) mask = littleEndian(operand);
  else if (number !== undefined && number >= 0 && Number.isInteger(number)) mask = BigInt(number);
  else if (number !== undefined) throw failedToParse(`Expected a non-negative integer in: ${operator}: ${number}`);
  else throw badValue(`${operator} takes an Array, a number, or a BinData but received: ${typeName(operand)}`);
  return (value) => {
    const plain = toNumber(value);
    let bitsSet: bigint;
    if (value instanceof Binary) bitsSet = littleEndian(value);
    else if (value instanceof Long && plain !== undefined) bitsSet = BigInt.asUintN(64, value.toBigInt());
    else if (plain !== undefined && Number.isInteger(plain)) bitsSet = BigInt.asUintN(64, BigInt(plain));
    else return false;
    const common = bitsSet & mask;
    switch (operator) {
      case '$bitsAllSet':
        return common === mask;
      case '$bitsAllClear':
        return common === 0n;
      case '$bitsAnySet':
        return common !== 0n;
      default:
        return common !== mask;
    }
  };
}

function bitPosition(value: unknown): bigint {
  const position = toNumber(value);
  if (position === undefined || !Number.isInteger(position))
    throw badValue(`bit positions must be an integer but got: ${typeName(value)}`);
  if (position < 0) throw badValue(`bit positions must be >= 0 but got: ${position}`);
  return BigInt(position);
}

function littleEndian(binary: Binary): bigint {
  let result = 0n;
  for (let i = binary.position - 1; i >= 0; i--) result = (result << 8n) | BigInt(binary.buffer[i] ?? 0);
  return result;
}

function modulo(operand: unknown): Test {
  if (!Array.isArray(operand)) throw badValue('malformed mod, needs to be an array');
  if (operand.length < 2) throw badValue('malformed mod, not enough elements');
  if (operand.length > 2) throw badValue('malformed mod, too many elements');
  const [divisor, remainder] = operand.map((item: unknown) => Math.trunc(toNumber(item) ?? Number.NaN));
  if (divisor === undefined || Number.isNaN(divisor)) throw badValue('malformed mod, divisor not a number');
  if (divisor === 0) throw badValue('divisor cannot be 0');
  return (value) => {
    if (value instanceof Long && toNumber(value) !== undefined)
      return value.toBigInt() % BigInt(divisor) === BigInt(remainder ?? 0);
    const number = toNumber(value);
    return number !== undefined && Number.isFinite(number) && Math.trunc(number) % divisor === remainder;
  };
}

/** `{ $elemMatch: … }` as a test of one array element. */
export function elementTest(operand: unknown, context: FieldContext): Test {
  if (!isDoc(operand)) throw badValue('$elemMatch needs an Object');
  const first = Object.keys(operand)[0] ?? '';
  if (isOperatorDoc(operand) && !['$and', '$or', '$nor', '$expr', '$jsonSchema', '$where'].includes(first)) {
    const tests = operatorTests(undefined, operand, context);
    return (item) => tests.every((test) => test(item));
  }
  const test = context.nested(operand);
  return (item) => {
    if (isDoc(item)) return test(item);
    return Array.isArray(item) && test(Object.fromEntries(item.entries()));
  };
}

function all(path: Path, operand: unknown, context: FieldContext): AnyTest {
  if (!Array.isArray(operand)) throw badValue('$all needs an array');
  if (operand.length === 0) return () => false;
  const tests = operand.map((item: unknown) => {
    if (isDoc(item) && '$elemMatch' in item)
      return fieldOperator(path, '$elemMatch', item['$elemMatch'], item, context);
    if (isOperatorDoc(item)) throw badValue('no $ expressions in $all');
    return isRegex(item)
      ? fieldOperator(path, '$regex', item, {}, context)
      : fieldOperator(path, '$eq', item, {}, context);
  });
  return (doc) => tests.every((test) => test(doc));
}

function fieldOperator(path: Path, name: string, operand: unknown, whole: Doc, context: FieldContext): AnyTest {
  const parts = path === undefined ? [] : pathParts(path);
  const any =
    (test: Test, leaves = true): AnyTest =>
    (root) =>
      path === undefined ? test(root) : anyValue(root, parts, leaves, test);
  const none = (test: Test): AnyTest => {
    const found = any(test);
    return (root) => !found(root);
  };
  switch (name) {
    case '$eq':
      return any(isRegex(operand) ? (value) => equal(value, operand) : equals(operand, context));
    case '$ne':
      if (isRegex(operand)) throw badValue("Can't have regex as arg to $ne.");
      return none(equals(operand, context));
    case '$gt':
    case '$gte':
    case '$lt':
    case '$lte':
      if (isRegex(operand)) throw badValue(`Can't have RegEx as arg to predicate over field '${path ?? ''}'.`);
      return any(compares(name, operand, context));
    case '$in':
      return any(inList(name, operand, context));
    case '$nin':
      return none(inList(name, operand, context));
    case '$exists':
      return truthy(operand) ? any((value) => value !== undefined, false) : none((value) => value !== undefined);
    case '$type':
      return any(typeTest(operand));
    case '$regex': {
      const options = whole['$options'];
      if (typeof operand !== 'string' && !isRegex(operand)) throw badValue('$regex has to be a string');
      if (options !== undefined && typeof options !== 'string') throw badValue('$options has to be a string');
      const regex = isRegex(operand) ? compileRegex(operand, options) : toRegExp(operand, options ?? '');
      return any(matchesRegex(regex, operand));
    }
    case '$options':
      if (!('$regex' in whole)) throw badValue('$options needs a $regex');
      return () => true;
    case '$mod':
      return any(modulo(operand));
    case '$size': {
      const size = toNumber(operand);
      if (size === undefined)
        throw badValue(`Failed to parse $size. Expected a number in: $size: ${typeName(operand)}`);
      if (!Number.isInteger(size)) throw badValue(`Failed to parse $size. Expected an integer: $size: ${size}`);
      if (size < 0) throw badValue(`Failed to parse $size. Expected a non-negative number in: $size: ${size}`);
      return any((value) => Array.isArray(value) && value.length === size, false);
    }
    case '$all':
      return all(path, operand, context);
    case '$elemMatch': {
      const test = elementTest(operand, context);
      return any((value) => Array.isArray(value) && value.some((item: unknown) => test(item)), false);
    }
    case '$not': {
      if (isRegex(operand)) return none(matchesRegex(compileRegex(operand), operand));
      if (!isDoc(operand)) throw badValue('$not needs a regex or a document');
      if (Object.keys(operand).length === 0) throw badValue('$not cannot be empty');
      const tests = operatorTests(path, operand, context);
      return (doc) => !tests.every((test) => test(doc));
    }
    case '$bitsAllSet':
    case '$bitsAllClear':
    case '$bitsAnySet':
    case '$bitsAnyClear':
      return any(bits(name, operand));
    case '$comment':
      return () => true;
    case '$expr':
    case '$and':
    case '$or':
    case '$nor':
    default:
      throw badValue(`unknown operator: ${name}`);
  }
}

function operatorTests(path: Path, operators: Doc, context: FieldContext): AnyTest[] {
  return Object.keys(operators).map((name) => fieldOperator(path, name, operators[name], operators, context));
}

/** The test for one field of a filter: a value, a regular expression or operators. */
export function fieldPredicate(path: string, condition: unknown, context: FieldContext): Predicate {
  if (isOperatorDoc(condition)) {
    const tests = operatorTests(path, condition, context);
    const [first] = tests;
    return tests.length === 1 && first ? first : (doc) => tests.every((test) => test(doc));
  }
  const parts = pathParts(path);
  const test = isRegex(condition) ? matchesRegex(compileRegex(condition), condition) : equals(condition, context);
  return (doc) => anyValue(doc, parts, true, test);
}
