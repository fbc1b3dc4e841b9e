import { badValue, CommandError } from '../errors.js';
import { type Doc, isDoc, setField, toNumber, truthy } from '../values/document.js';
import { isOperatorDoc } from './field-operators.js';
import type { Evaluate } from './predicate.js';

/** What becomes of one field. */
type Rule =
  | { readonly kind: 'keep' | 'drop' }
  | { readonly kind: 'inner'; readonly rules: Rules }
  | { readonly kind: 'compute'; readonly compute: (doc: Doc) => unknown }
  | { readonly kind: 'change'; readonly change: (value: unknown) => unknown };
type Rules = Map<string, Rule>;

/** Tests for what only a find's projection knows. */
export interface FindForms {
  /** `$elemMatch`: whether an element is wanted. */
  element(condition: unknown): (item: unknown) => boolean;
  /** `path.$`: the index of the element that the filter matched. */
  matched(doc: Doc, arrayPath: string): number | undefined;
}

export type Projection = (doc: Doc) => Doc;

interface Parsed {
  readonly rules: Rules;
  including: boolean | undefined;
  readonly positional: string[];
  onlyMeta: boolean;
}

const collision = (path: string) => new CommandError(31250, `Path collision at ${path}`);

function place(rules: Rules, path: string, rule: Rule): void {
  const parts = path.split('.');
  let level = rules;
  for (const [i, part] of parts.entries()) {
    if (path === '') throw new CommandError(40352, 'FieldPath cannot be constructed with empty string');
    if (part === '') throw new CommandError(15998, 'FieldPath field names may not be empty strings.');
    if (i === parts.length - 1) {
      if (level.has(part)) throw collision(path);
      level.set(part, rule);
      return;
    }
    const next = level.get(part);
    if (next && next.kind !== 'inner')
      throw new CommandError(31249, `Path collision at ${path} remaining portion ${parts.slice(i + 1).join('.')}`);
    const inner: Rules = next?.kind === 'inner' ? next.rules : new Map();
    if (!next) level.set(part, { kind: 'inner', rules: inner });
    level = inner;
  }
}

function mode(parsed: Parsed, path: string, including: boolean): void {
  if (path === '_id') return;
  if (parsed.including !== undefined && parsed.including !== including)
    throw new CommandError(
      including ? 31253 : 31254,
      including
        ? `Cannot do inclusion on field ${path} in exclusion projection`
        : `Cannot do exclusion on field ${path} in inclusion projection`,
    );
  parsed.including = including;
}

function sliced(argument: unknown): (value: unknown) => unknown {
  const numbers = (Array.isArray(argument) ? (argument as unknown[]) : [argument]).map((n) =>
    Math.trunc(toNumber(n) ?? Number.NaN),
  );
  const [first = Number.NaN, count] = numbers;
  if (numbers.some((n) => Number.isNaN(n)) || numbers.length > 2)
    throw new CommandError(28667, 'Invalid $slice syntax: expected a number or [skip, positive limit]');
  if (count !== undefined && count <= 0) throw new CommandError(28724, 'the limit of $slice must be positive');
  return (value) => {
    if (!Array.isArray(value)) return value;
    if (count === undefined) return first >= 0 ? value.slice(0, first) : value.slice(first);
    const from = first >= 0 ? first : Math.max(0, value.length + first);
    return value.slice(from, from + count);
  };
}

function parse(spec: Doc, prefix: string, parsed: Parsed, find: FindForms | undefined, evaluate: Evaluate): void {
  for (const [key, value] of Object.entries(spec)) {
    const path = prefix + key;
    if (find && path.endsWith('.$')) {
      mode(parsed, path, true);
      parsed.positional.push(path.slice(0, -2));
      place(parsed.rules, path.slice(0, -2), { kind: 'keep' });
      continue;
    }
    if (key.startsWith('$'))
      throw new CommandError(
        16410,
        `FieldPath field names may not start with '$'. Consider using $getField or $setField.`,
      );
    const number = toNumber(value);
    if (typeof value === 'boolean' || number !== undefined) {
      const keep = truthy(value);
      mode(parsed, path, keep);
      place(parsed.rules, path, { kind: keep ? 'keep' : 'drop' });
    } else if (find && isDoc(value) && '$slice' in value && isPlainSlice(value['$slice'])) {
      place(parsed.rules, path, { kind: 'change', change: sliced(value['$slice']) });
      parsed.onlyMeta = false;
      continue;
    } else if (find && isDoc(value) && '$elemMatch' in value) {
      if (path.includes('.')) throw new CommandError(31275, 'Cannot use $elemMatch projection on a nested field.');
      mode(parsed, path, true);
      const wanted = find.element(value['$elemMatch']);
      place(parsed.rules, path, { kind: 'change', change: (items) => firstMatching(items, wanted) });
    } else if (isDoc(value) && !isOperatorDoc(value)) {
      if (Object.keys(value).length === 0)
        throw new CommandError(51270, 'An empty sub-projection is not a valid value. Found empty object at path');
      parse(value, `${path}.`, parsed, find, evaluate);
    } else {
      const meta = isDoc(value) && '$meta' in value;
      if (!(find && meta)) mode(parsed, path === '_id' ? '_id.' : path, true);
      place(parsed.rules, path, { kind: 'compute', compute: computed(value, evaluate) });
      if (meta) continue;
    }
    parsed.onlyMeta = false;
  }
}

/** An operator that nobody knows has another number here than below. */
function computed(value: unknown, evaluate: Evaluate): (doc: Doc) => unknown {
  try {
    return evaluate(value);
  } catch (error) {
    if (error instanceof CommandError && error.code === 168 && isOperatorDoc(value))
      throw new CommandError(
        31325,
        `Invalid $project :: caused by :: Unknown expression ${Object.keys(value)[0] ?? ''}`,
      );
    throw error;
  }
}

const isPlainSlice = (argument: unknown): boolean =>
  toNumber(argument) !== undefined ||
  (Array.isArray(argument) && argument.every((item) => toNumber(item) !== undefined));

function firstMatching(items: unknown, wanted: (item: unknown) => boolean): unknown {
  if (!Array.isArray(items)) return undefined;
  const found = items.findIndex((item: unknown) => wanted(item));
  return found === -1 ? undefined : [items[found]];
}

const needsComputing = (rules: Rules): boolean =>
  [...rules.values()].some((rule) => rule.kind === 'compute' || (rule.kind === 'inner' && needsComputing(rule.rules)));

/** Compiles a projection. `find` switches on `$slice`, `$elemMatch`, `.$`, which a `$project` stage does not have. */
export function compileProjection(spec: Doc, evaluate: Evaluate, find?: FindForms): Projection {
  const parsed: Parsed = { rules: new Map(), including: undefined, positional: [], onlyMeta: find !== undefined };
  parse(spec, '', parsed, find, evaluate);
  const { rules, positional } = parsed;
  if (positional.length > 1)
    throw new CommandError(31276, 'Cannot specify more than one positional projection per query.');
  const idRule = rules.get('_id');
  const including = parsed.including ?? (idRule?.kind === 'keep' && rules.size === 1);
  if (including && !idRule) rules.set('_id', { kind: 'keep' });

  function project(doc: Doc, level: Rules, root: Doc): Doc {
    const result: Doc = {};
    for (const key of Object.keys(doc)) {
      const value = doc[key];
      const rule = level.get(key);
      if (!rule) {
        if (!including) setField(result, key, value);
        continue;
      }
      const kept = apply(rule, value, root);
      if (kept !== undefined) setField(result, key, kept);
    }
    for (const [key, rule] of level) {
      if (rule.kind === 'compute') {
        const value = rule.compute(root);
        if (value === undefined) delete result[key];
        else setField(result, key, value);
      } else if (rule.kind === 'inner' && !Object.hasOwn(doc, key) && needsComputing(rule.rules)) {
        setField(result, key, project({}, rule.rules, root));
      }
    }
    return result;
  }

  function apply(rule: Rule, value: unknown, root: Doc): unknown {
    switch (rule.kind) {
      case 'keep':
        return value;
      case 'drop':
        return undefined;
      case 'change':
        return rule.change(value);
      case 'compute':
        return including ? null : value;
      case 'inner':
        if (isDoc(value)) return project(value, rule.rules, root);
        if (Array.isArray(value)) {
          const items = value.map((item: unknown) =>
            isDoc(item) || Array.isArray(item)
              ? apply(rule, item, root)
              : including && !needsComputing(rule.rules)
                ? undefined
                : item,
          );
          return items.filter((item) => item !== undefined);
        }
        if (!including) return value;
        return needsComputing(rule.rules) ? project({}, rule.rules, root) : undefined;
    }
  }

  const [arrayPath] = positional;
  return (doc) => {
    const source = arrayPath === undefined || !find ? doc : withOnly(doc, arrayPath, find);
    const result = project(source, rules, doc);
    carryScore(doc, result);
    return result;
  };
}

function withOnly(doc: Doc, arrayPath: string, find: FindForms): Doc {
  const index = find.matched(doc, arrayPath);
  if (index === undefined)
    throw new CommandError(
      51246,
      "Executor error during find command :: caused by :: positional operator '.$' couldn't find a matching element in the array",
    );
  const narrow = (value: unknown, parts: string[]): unknown => {
    const [part, ...rest] = parts;
    if (part === undefined) return Array.isArray(value) ? [value[index]] : value;
    if (!isDoc(value)) return value;
    const result: Doc = { ...value };
    setField(result, part, narrow(value[part], rest));
    return result;
  };
  const result = narrow(doc, arrayPath.split('.'));
  if (!isDoc(result)) throw badValue('a document was expected');
  return result;
}

/** The text score travels with a document under this key, which is never encoded. */
export const textScore: unique symbol = Symbol('textScore');
export type Scored = Doc & { [textScore]?: number };

export const scoreOf = (doc: Scored): number | undefined => doc[textScore];

export function carryScore(from: Scored, to: Scored): void {
  if (from[textScore] !== undefined) to[textScore] = from[textScore];
}
