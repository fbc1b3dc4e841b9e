import { CommandError, typeMismatch } from '../errors.js';
import { type Doc, isDoc, toNumber, truthy, typeName } from '../values/document.js';

/** Reading the fields of a command; each throws 14 TypeMismatch for what has another type. */

const wrong = (command: string, field: string, value: unknown, wanted: string) =>
  typeMismatch(`BSON field '${command}.${field}' is the wrong type '${typeName(value)}', expected type '${wanted}'`);

export function docField(body: Doc, field: string, command: string): Doc | undefined {
  const value = body[field];
  if (value === undefined || value === null) return undefined;
  if (!isDoc(value)) throw wrong(command, field, value, 'object');
  return value;
}

/** An index named by its name or by its key. */
export function hintField(body: Doc, command: string): string | Doc | undefined {
  const { hint } = body;
  return typeof hint === 'string' ? hint : docField(body, 'hint', command);
}

export function numberField(body: Doc, field: string, command: string): number | undefined {
  const value = body[field];
  if (value === undefined || value === null) return undefined;
  const number = toNumber(value);
  if (number === undefined) throw wrong(command, field, value, 'number');
  return number;
}

export function countField(body: Doc, field: string, command: string): number | undefined {
  const number = numberField(body, field, command);
  if (number !== undefined && number < 0)
    throw new CommandError(51024, `BSON field '${field}' value must be >= 0, actual value '${number}'`);
  return number === undefined ? undefined : Math.trunc(number);
}

export function textField(body: Doc, field: string, command: string): string {
  const value = body[field];
  if (value === undefined)
    throw new CommandError(40414, `BSON field '${command}.${field}' is missing but a required field`);
  if (typeof value !== 'string') throw wrong(command, field, value, 'string');
  return value;
}

export function flag(body: Doc, field: string, fallback = false): boolean {
  const value = body[field];
  if (value === undefined || value === null) return fallback;
  if (typeof value !== 'boolean' && toNumber(value) === undefined)
    throw typeMismatch(
      `BSON field '${field}' is the wrong type '${typeName(value)}', expected types '[bool, long, int, decimal, double]'`,
    );
  return truthy(value);
}

export function docList(value: unknown, field: string, command: string): Doc[] {
  if (!Array.isArray(value)) throw wrong(command, field, value, 'array');
  return value.map((item: unknown) => {
    if (!isDoc(item)) throw wrong(command, field, item, 'object');
    return item;
  });
}

/** The collection's name, which is the value of the command's first field. */
export function collectionName(body: Doc, command: string): string {
  const name = body[command];
  if (typeof name !== 'string') throw new CommandError(73, `collection name has invalid type ${typeName(name)}`);
  if (name === '') throw new CommandError(73, 'Invalid namespace specified: empty collection name');
  return name;
}
