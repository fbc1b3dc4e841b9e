import { CommandError, typeMismatch } from '../errors.js';
import type { Collection } from '../storage/collection.js';
import { compileFilter } from '../query/filter.js';
import { type Doc, isDoc, toNumber, truthy, typeName } from '../values/document.js';
import { equal } from '../values/order.js';

const known = new Set([
  'key', 'name', 'unique', 'sparse', 'partialFilterExpression', 'expireAfterSeconds', 'weights', 'default_language', 'language_override',
  'textIndexVersion', 'v', 'background', 'collation', 'hidden', 'ns', 'storageEngine', 'commitQuorum', 'dropDups', '2dsphereIndexVersion',
  'bits', 'min', 'max', 'wildcardProjection', 'prepareUnique', 'clustered',
]); // prettier-ignore

const cannot = (message: string) => new CommandError(67, message);

/** Checks one index specification of `createIndexes` and completes it to the definition that is stored. */
export function indexDefinition(spec: Doc): Doc {
  const { key } = spec;
  if (!isDoc(key)) throw new CommandError(9, "The 'key' field is a required property of an index specification");
  for (const field of Object.keys(spec))
    if (!known.has(field))
      throw new CommandError(
        197,
        `The field '${field}' is not valid for an index specification. Specification: ${JSON.stringify(spec)}`,
      );
  if (Object.keys(key).length === 0) throw cannot('Index keys cannot be an empty object.');
  const text = Object.values(key).includes('text');
  for (const [path, direction] of Object.entries(key)) {
    if (path === '' || path.split('.').includes('')) throw cannot('Index keys cannot be an empty field.');
    if (typeof direction === 'string') {
      if (direction !== 'text') throw cannot(`Unknown index plugin '${direction}'`);
      continue;
    }
    const number = toNumber(direction);
    if (number === undefined || number === 0)
      throw cannot(
        `Values in v:2 index key pattern cannot be of type ${typeName(direction)}. Only numbers > 0, numbers < 0, and strings are allowed.`,
      );
    if (path.includes('$'))
      throw cannot(
        path === '$**' || path.endsWith('.$**')
          ? 'Wildcard indexes are not supported by this server'
          : "Index key contains an illegal field name: field name starts with '$'.",
      );
  }
  const { name } = spec;
  if (name === undefined)
    throw new CommandError(9, "The 'name' field is a required property of an index specification");
  if (typeof name !== 'string' || name === '') throw new CommandError(67, 'index name cannot be empty');
  const definition: Doc = { v: 2, key: numbersOnly(key), name };
  for (const option of ['unique', 'sparse', 'hidden'] as const) if (truthy(spec[option])) definition[option] = true;
  addExpiry(definition, spec);
  addPartial(definition, spec);
  if (isDoc(spec['collation']) && spec['collation']['locale'] !== 'simple') definition['collation'] = spec['collation'];
  return text ? textDefinition(definition, spec, key) : definition;
}

const numbersOnly = (key: Doc): Doc =>
  Object.fromEntries(Object.entries(key).map(([path, value]) => [path, toNumber(value) ?? value]));

function addExpiry(definition: Doc, spec: Doc): void {
  if (spec['expireAfterSeconds'] === undefined) return;
  const seconds = toNumber(spec['expireAfterSeconds']);
  if (seconds === undefined) throw cannot("TTL index 'expireAfterSeconds' option must be numeric");
  if (seconds < 0 || seconds > 2147483647)
    throw cannot(
      `TTL index 'expireAfterSeconds' option must be within an acceptable range, try a different number than ${seconds}`,
    );
  if (Object.keys(spec['key'] as Doc).length > 1)
    throw cannot('TTL indexes are single-field indexes, compound indexes do not support TTL.');
  if ('_id' in (spec['key'] as Doc))
    throw new CommandError(197, "The field 'expireAfterSeconds' is not valid for an _id index specification.");
  definition['expireAfterSeconds'] = spec['expireAfterSeconds'];
}

const partialOperators = new Set(['$eq', '$exists', '$gt', '$gte', '$lt', '$lte', '$type', '$and', '$or', '$in']);

function addPartial(definition: Doc, spec: Doc): void {
  const partial = spec['partialFilterExpression'];
  if (partial === undefined) return;
  if (!isDoc(partial))
    throw typeMismatch(`The field 'partialFilterExpression' must be an object, but got ${typeName(partial)}`);
  if (truthy(spec['sparse'])) throw cannot("cannot mix 'partialFilterExpression' and 'sparse' options");
  compileFilter(partial);
  refuseUnsupported(partial);
  definition['partialFilterExpression'] = partial;
}

function refuseUnsupported(expression: unknown): void {
  if (Array.isArray(expression)) for (const part of expression as unknown[]) refuseUnsupported(part);
  if (!isDoc(expression)) return;
  for (const [key, value] of Object.entries(expression)) {
    if (key.startsWith('$') && !partialOperators.has(key))
      throw cannot(`unsupported expression in partial index: ${key}`);
    if (key === '$exists' && !truthy(value)) throw cannot('unsupported expression in partial index: $exists: false');
    refuseUnsupported(value);
  }
}

function textDefinition(definition: Doc, spec: Doc, key: Doc): Doc {
  const weights: Doc = isDoc(spec['weights']) ? { ...spec['weights'] } : {};
  const others: Doc = {};
  for (const [path, direction] of Object.entries(key)) {
    if (direction === 'text') weights[path] ??= 1;
    else others[path] = direction;
  }
  if (Object.keys(others).length > 0) throw cannot('compound text indexes are not supported by this server');
  if (definition['unique'] === true) throw cannot('text indexes cannot be unique');
  const sorted = Object.fromEntries(Object.entries(weights).sort(([a], [b]) => (a < b ? -1 : 1)));
  return {
    ...definition,
    key: { _fts: 'text', _ftsx: 1 },
    weights: sorted,
    default_language: spec['default_language'] ?? 'english',
    language_override: spec['language_override'] ?? 'language',
    textIndexVersion: 3,
  };
}

const options = [
  'unique',
  'sparse',
  'expireAfterSeconds',
  'partialFilterExpression',
  'collation',
  'weights',
  'default_language',
] as const;

/** True when the very same index is there already; throws 85 or 86 when another one is in the way. */
export function alreadyThere(collection: Collection, definition: Doc): boolean {
  const shownIndex = (existing: Doc) => JSON.stringify(existing);
  for (const existing of collection.definitions) {
    const sameKey =
      equal(existing['key'], definition['key']) &&
      equal(existing['collation'], definition['collation']) &&
      equal(existing['partialFilterExpression'], definition['partialFilterExpression']);
    const sameOptions = options.every((option) => equal(existing[option], definition[option]));
    if (existing['name'] === definition['name']) {
      if (equal(existing['key'], definition['key']) && (sameOptions || definition['name'] === '_id_')) return true;
      throw new CommandError(
        86,
        `An existing index has the same name as the requested index. When index names are not specified, they are auto generated and can cause conflicts. Please refer to our documentation. Requested index: ${shownIndex(definition)}, existing index: ${shownIndex(existing)}`,
      );
    }
    const bothText =
      isDoc(definition['key']) && '_fts' in definition['key'] && collection.text?.definition === existing;
    if (sameKey || bothText)
      throw sameOptions
        ? new CommandError(85, `Index already exists with a different name: ${String(existing['name'])}`)
        : new CommandError(
            85,
            `An equivalent index already exists with the same name but different options. Requested index: ${shownIndex(definition)}, existing index: ${shownIndex(existing)}`,
          );
  }
  return false;
}

export function refuseIdIndexDrop(name: string): void {
  if (name === '_id_') throw new CommandError(72, 'cannot drop _id index');
}
