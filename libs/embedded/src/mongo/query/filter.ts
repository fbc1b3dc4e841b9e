import { badValue, CommandError } from '../errors.js';
import { type Doc, isDoc, truthy } from '../values/document.js';
import { fieldPredicate } from './field-operators.js';
import { jsonSchema } from './json-schema.js';
import type { FilterContext, Predicate } from './predicate.js';

const always: Predicate = () => true;

function list(operator: string, value: unknown): Doc[] {
  if (!Array.isArray(value)) throw badValue(`${operator} must be an array`);
  if (value.length === 0) throw badValue(`${operator} argument must be a non-empty array`);
  return value.map((item: unknown) => {
    if (!isDoc(item)) throw badValue(`${operator} argument's entries must be objects`);
    return item;
  });
}

function topLevel(operator: string, value: unknown, context: FilterContext): Predicate {
  switch (operator) {
    case '$and': {
      const parts = list(operator, value).map((part) => compileFilter(part, context));
      return (doc) => parts.every((test) => test(doc));
    }
    case '$or': {
      const parts = list(operator, value).map((part) => compileFilter(part, context));
      return (doc) => parts.some((test) => test(doc));
    }
    case '$nor': {
      const parts = list(operator, value).map((part) => compileFilter(part, context));
      return (doc) => !parts.some((test) => test(doc));
    }
    case '$comment':
      return always;
    case '$alwaysTrue':
      return always;
    case '$alwaysFalse':
      return () => false;
    case '$expr': {
      const { evaluate } = context;
      if (!evaluate) throw new CommandError(224, '$expr is not allowed in this context');
      const expression = evaluate(value);
      return (doc) => truthy(expression(doc));
    }
    case '$sampleRate':
      return () => Math.random() < Number(value);
    case '$jsonSchema':
      if (!isDoc(value)) throw new CommandError(14, '$jsonSchema must be an object');
      return jsonSchema(value);
    case '$text':
      if (!context.text) throw badValue('$text is not allowed in this context');
      if (!isDoc(value)) throw badValue('$text expects an object');
      return context.text(value);
    case '$where':
      throw badValue('$where is not supported: this server runs no JavaScript');
    default:
      throw badValue(
        `unknown top level operator: ${operator}. If you have a field name that starts with a '$' symbol, consider using $getField or $setField.`,
      );
  }
}

/** Compiles a filter document; throws MongoDB's 2 BadValue and its relatives for what it would refuse. */
export function compileFilter(filter: Doc, context: FilterContext = {}): Predicate {
  const fields = { ...context, nested: (inner: Doc) => compileFilter(inner, context) };
  const tests = Object.keys(filter).map((key) =>
    key.startsWith('$') ? topLevel(key, filter[key], context) : fieldPredicate(key, filter[key], fields),
  );
  const [first] = tests;
  if (!first) return always;
  if (tests.length === 1) return first;
  return (doc) => {
    for (const test of tests) if (!test(doc)) return false;
    return true;
  };
}
