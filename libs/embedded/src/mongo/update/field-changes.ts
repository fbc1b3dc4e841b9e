import { Timestamp, Long } from 'bson';
import { badValue, CommandError, typeMismatch } from '../errors.js';
import { copy, type Doc, isDoc, setField, toNumber, typeName } from '../values/document.js';
import { shown } from '../values/shown.js';
import { compare } from '../values/order.js';
import { type Operation, compute } from './arithmetic.js';
import type { Change } from './array-operators.js';
import { type Place, read, remove, write } from './path-expansion.js';

export const set =
  (operand: unknown): Change =>
  (place) =>
    write(place, copy(operand));

export const unset: Change = (place) => {
  if (read(place) !== undefined) remove(place);
};

export function arithmetic(name: '$inc' | '$mul', operand: unknown, root: Doc): Change {
  const operation: Operation = name === '$inc' ? 'add' : 'multiply';
  if (toNumber(operand) === undefined)
    throw typeMismatch(
      `Cannot ${name === '$inc' ? 'increment' : 'multiply'} with non-numeric argument: {${typeName(operand)}: ${shown(operand)}}`,
    );
  return (place) => {
    const current = read(place);
    if (current !== undefined && toNumber(current) === undefined)
      throw typeMismatch(
        `Cannot apply ${name} to a value of non-numeric type. {_id: ${shown(root['_id'])}} has the field '${place.key}' of non-numeric type ${typeName(current)}`,
      );
    if (current === undefined) write(place, name === '$inc' ? operand : compute('multiply', 0, operand));
    else write(place, compute(operation, current, operand));
  };
}

export const extreme =
  (name: '$min' | '$max', operand: unknown): Change =>
  (place) => {
    const current = read(place);
    const order = current === undefined ? 0 : compare(operand, current);
    if (current === undefined || (name === '$min' ? order < 0 : order > 0)) write(place, copy(operand));
  };

export function currentDate(operand: unknown, now: Date): Change {
  const type = isDoc(operand) ? operand['$type'] : operand === true || operand === false ? 'date' : undefined;
  if (type !== 'date' && type !== 'timestamp')
    throw badValue(
      `${typeName(operand)} is not valid type for $currentDate. Please use a boolean ('true') or a $type expression ({$type: 'timestamp/date'}).`,
    );
  return (place) => write(place, type === 'date' ? now : new Timestamp({ t: Math.floor(now.getTime() / 1000), i: 1 }));
}

const whole = (value: unknown): bigint => (value instanceof Long ? value.toBigInt() : BigInt(toNumber(value) ?? 0));

export function bit(operand: unknown, root: Doc): Change {
  if (!isDoc(operand)) throw badValue(`The $bit modifier is not compatible with a ${typeName(operand)}`);
  const steps = Object.entries(operand);
  for (const [name, value] of steps) {
    if (!['and', 'or', 'xor'].includes(name))
      throw badValue(`The $bit modifier only supports 'and', 'or', and 'xor', not '${name}'`);
    if (!['int', 'long'].includes(typeName(value)))
      throw badValue(
        `The $bit modifier field must be an Integer(32/64 bit); a '${typeName(value)}' is not supported here`,
      );
  }
  return (place) => {
    const current = read(place) ?? 0;
    if (!['int', 'long'].includes(typeName(current)))
      throw badValue(
        `Cannot apply $bit to a value of non-integral type. {_id: ${shown(root['_id'])}} has the field ${place.key} of non-integer type ${typeName(current)}`,
      );
    let long = current instanceof Long;
    let result = whole(current);
    for (const [name, value] of steps) {
      long ||= value instanceof Long;
      const other = whole(value);
      result = name === 'and' ? result & other : name === 'or' ? result | other : result ^ other;
    }
    write(place, long ? Long.fromBigInt(BigInt.asIntN(64, result)) : Number(BigInt.asIntN(32, result)));
  };
}

/** Moves a field; arrays may not be on either path. */
export function rename(root: Doc, from: string, to: string): void {
  const source = strictPlace(root, from, false, 'source');
  const value = source && read(source);
  if (!source || value === undefined) return;
  remove(source);
  const target = strictPlace(root, to, true, 'destination');
  if (target) write(target, value);
}

function strictPlace(root: Doc, path: string, create: boolean, side: string): Place | undefined {
  const parts = path.split('.');
  let container: Doc = root;
  for (const [i, part] of parts.entries()) {
    if (i === parts.length - 1) return { container, key: part, path };
    let next: unknown = Object.hasOwn(container, part) ? container[part] : undefined;
    if (next === undefined && create) setField(container, part, (next = {}));
    if (Array.isArray(next))
      throw badValue(
        `The ${side} field cannot be an array element, '${path}' in doc with _id: ${shown(root['_id'])} has an array field called '${part}'`,
      );
    if (!isDoc(next)) {
      if (create)
        throw new CommandError(28, `Cannot create field '${parts[i + 1] ?? ''}' in element {${part}: ${shown(next)}}`);
      return undefined;
    }
    const own = { ...next };
    setField(container, part, own);
    container = own;
  }
  return undefined;
}
