import { Binary } from 'bson';
import { CommandError, typeMismatch } from '../../errors.js';
import { scoreOf } from '../../query/projection.js';
import { encode, isDoc, setField, typeName } from '../../values/document.js';
import { shown } from '../../values/shown.js';
import { isNil, namedOperands, onValue, type Operator, type Operators, unlessNull } from './expression.js';

/** A field's name, which may be written as `{ $literal: … }`. */
function fieldName(name: string, spec: unknown): string {
  const value = isDoc(spec) && '$literal' in spec ? spec['$literal'] : spec;
  if (typeof value === 'string' && !(value.startsWith('$') && value === spec)) return value;
  throw new CommandError(5654602, `${name} requires 'field' to evaluate to a constant, but got ${typeName(value)}`);
}

const objectOf = (name: string, code: number, value: unknown) => {
  if (!isDoc(value)) throw new CommandError(code, `${name} requires 'input' to evaluate to type Object`);
  return value;
};

const getField: Operator = (operand, compiler, name) => {
  const spec = isDoc(operand) && 'field' in operand ? operand : { field: operand };
  const { field, input = '$$CURRENT' } = spec as { field: unknown; input?: unknown };
  const key = fieldName(name, field);
  const source = compiler.compile(input);
  return (scope) => {
    const value = source(scope);
    if (isDoc(value)) return Object.hasOwn(value, key) ? value[key] : undefined;
    return value === null ? null : undefined;
  };
};

const setting =
  (withValue: boolean): Operator =>
  (operand, compiler, name) => {
    const spec = namedOperands(name, operand, [], {
      notADocument: 4161100,
      unknown: 4161101,
      missing: withValue ? { field: 4161102, input: 4161109, value: 4161103 } : { field: 4161102, input: 4161109 },
    });
    const key = fieldName(name, spec['field']);
    const source = compiler.compile(spec['input']);
    const value = withValue ? compiler.compile(spec['value']) : () => undefined;
    return (scope) => {
      const input = source(scope);
      if (isNil(input)) return null;
      const result = { ...objectOf(name, 4161105, input) };
      const next = value(scope);
      if (next === undefined) delete result[key];
      else setField(result, key, next);
      return result;
    };
  };

export const objectOperators: Operators = {
  $objectToArray: unlessNull((value) => {
    if (!isDoc(value))
      throw new CommandError(40390, `$objectToArray requires a document input, found: ${typeName(value)}`);
    return Object.entries(value).map(([k, v]) => ({ k, v }));
  }),
  $getField: getField,
  $setField: setting(true),
  $unsetField: setting(false),
  $bsonSize: unlessNull((value) => {
    if (!isDoc(value)) throw new CommandError(31393, `$bsonSize requires a document input, found: ${typeName(value)}`);
    return encode(value).length;
  }),
  $binarySize: unlessNull((value) => {
    if (typeof value === 'string') return Buffer.byteLength(value);
    if (value instanceof Binary) return value.position;
    throw new CommandError(51276, `$binarySize requires a string or BinData argument, found: ${typeName(value)}`);
  }),
  $meta: (operand) => {
    if (operand !== 'textScore') throw new CommandError(17308, `Unsupported argument to $meta: ${shown(operand)}`);
    return ({ root }) => (isDoc(root) ? scoreOf(root) : undefined);
  },
  $toHashedIndexKey: onValue(() => {
    throw typeMismatch('$toHashedIndexKey is not supported by this server');
  }),
};
