import { CommandError } from '../errors.js';
import { type Doc, isDoc, toNumber, typeName } from '../values/document.js';
import { compare, equal } from '../values/order.js';
import { toRegExp } from './regex.js';
import { typeTest } from './type-test.js';

type Test = (value: unknown) => boolean;

const jsonTypes: Record<string, unknown> = {
  object: 'object',
  array: 'array',
  number: 'number',
  boolean: 'bool',
  string: 'string',
  null: 'null',
};

const docs = (value: unknown): Doc[] => (Array.isArray(value) ? (value as unknown[]).filter(isDoc) : []);
const count = (value: unknown): number => toNumber(value) ?? 0;
const ifNumber =
  (test: (value: number) => boolean): Test =>
  (value) => {
    const number = toNumber(value);
    return number === undefined || test(number);
  };
const ifString =
  (test: (value: string) => boolean): Test =>
  (value) =>
    typeof value !== 'string' || test(value);
const ifArray =
  (test: (value: unknown[]) => boolean): Test =>
  (value) =>
    !Array.isArray(value) || test(value);
const ifDoc =
  (test: (value: Doc) => boolean): Test =>
  (value) =>
    !isDoc(value) || test(value);

function properties(schema: Doc): Test {
  const known = isDoc(schema['properties']) ? schema['properties'] : {};
  const tests = Object.entries(known).map(([key, inner]) => [key, isDoc(inner) ? compile(inner) : () => true] as const);
  const patterns = Object.entries(isDoc(schema['patternProperties']) ? schema['patternProperties'] : {}).map(
    ([pattern, inner]) => [toRegExp(pattern, ''), isDoc(inner) ? compile(inner) : () => true] as const,
  );
  const rest = schema['additionalProperties'];
  const restTest: Test = rest === false ? () => false : isDoc(rest) ? compile(rest) : () => true;
  return ifDoc((doc) => {
    for (const [key, test] of tests) if (Object.hasOwn(doc, key) && !test(doc[key])) return false;
    for (const key of Object.keys(doc)) {
      let matched = Object.hasOwn(known, key);
      for (const [pattern, test] of patterns) {
        if (!pattern.test(key)) continue;
        matched = true;
        if (!test(doc[key])) return false;
      }
      if (!matched && !restTest(doc[key])) return false;
    }
    return true;
  });
}

function items(schema: Doc): Test {
  const single = schema['items'];
  if (isDoc(single)) {
    const test = compile(single);
    return ifArray((values) => values.every((value) => test(value)));
  }
  const tests = docs(single).map((inner) => compile(inner));
  const rest = schema['additionalItems'];
  const restTest: Test = rest === false ? () => false : isDoc(rest) ? compile(rest) : () => true;
  return ifArray((values) => values.every((value, i) => (tests[i] ?? restTest)(value)));
}

function keyword(name: string, value: unknown, schema: Doc): Test | undefined {
  switch (name) {
    case 'bsonType':
      return typeTest(value);
    case 'type':
      return typeTest((Array.isArray(value) ? (value as unknown[]) : [value]).map((type) => jsonTypes[String(type)]));
    case 'enum':
      return (actual) => Array.isArray(value) && value.some((allowed: unknown) => equal(actual, allowed));
    case 'required':
      return ifDoc((doc) => Array.isArray(value) && value.every((key) => Object.hasOwn(doc, String(key))));
    case 'properties':
      return properties(schema);
    case 'patternProperties':
    case 'additionalProperties':
      return 'properties' in schema ? undefined : properties(schema);
    case 'minProperties':
      return ifDoc((doc) => Object.keys(doc).length >= count(value));
    case 'maxProperties':
      return ifDoc((doc) => Object.keys(doc).length <= count(value));
    case 'items':
      return items(schema);
    case 'minItems':
      return ifArray((actual) => actual.length >= count(value));
    case 'maxItems':
      return ifArray((actual) => actual.length <= count(value));
    case 'uniqueItems': {
      if (value !== true) return undefined;
      return ifArray((actual) => {
        const sorted = actual.toSorted((a, b) => compare(a, b));
        return sorted.every((item, i) => i === 0 || !equal(item, sorted[i - 1]));
      });
    }
    case 'minimum':
      return ifNumber((n) => (schema['exclusiveMinimum'] === true ? n > count(value) : n >= count(value)));
    case 'maximum':
      return ifNumber((n) => (schema['exclusiveMaximum'] === true ? n < count(value) : n <= count(value)));
    case 'multipleOf':
      return ifNumber((n) => n % count(value) === 0);
    case 'minLength':
      return ifString((text) => Array.from(text).length >= count(value));
    case 'maxLength':
      return ifString((text) => Array.from(text).length <= count(value));
    case 'pattern': {
      const pattern = toRegExp(String(value), '');
      return ifString((text) => pattern.test(text));
    }
    case 'allOf':
    case 'anyOf':
    case 'oneOf': {
      const tests = docs(value).map((inner) => compile(inner));
      if (name === 'allOf') return (actual) => tests.every((test) => test(actual));
      if (name === 'anyOf') return (actual) => tests.some((test) => test(actual));
      return (actual) => tests.filter((test) => test(actual)).length === 1;
    }
    case 'not': {
      const test = isDoc(value) ? compile(value) : () => false;
      return (actual) => !test(actual);
    }
    case 'additionalItems':
    case 'exclusiveMinimum':
    case 'exclusiveMaximum':
    case 'title':
    case 'description':
      return undefined;
    default:
      throw new CommandError(9, `Unknown $jsonSchema keyword: ${name}`);
  }
}

function compile(schema: Doc): Test {
  const tests = Object.keys(schema)
    .map((name) => keyword(name, schema[name], schema))
    .filter((test) => test !== undefined);
  return (value) => tests.every((test) => test(value));
}

/** `$jsonSchema` as MongoDB knows it: draft 4 with `bsonType`. Throws 9 FailedToParse for unknown keywords. */
export function jsonSchema(schema: Doc): (doc: Doc) => boolean {
  const test = compile(schema);
  return (doc) => typeName(doc) === 'object' && test(doc);
}
