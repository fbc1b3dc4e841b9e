import { badValue, failedToParse } from '../errors.js';
import { toNumber, typeName, type TypeName } from '../values/document.js';

const typeCodes: Record<number, TypeName> = {
  1: 'double',
  2: 'string',
  3: 'object',
  4: 'array',
  5: 'binData',
  7: 'objectId',
  8: 'bool',
  9: 'date',
  10: 'null',
  11: 'regex',
  13: 'javascript',
  14: 'symbol',
  15: 'javascriptWithScope',
  16: 'int',
  17: 'timestamp',
  18: 'long',
  19: 'decimal',
  [-1]: 'minKey',
  127: 'maxKey',
};
const numberTypes = new Set<TypeName>(['int', 'long', 'double', 'decimal']);

/** A test for `$type`'s operand: a name, a number or a list of them. */
export function typeTest(operand: unknown): (value: unknown) => boolean {
  if (Array.isArray(operand) && operand.length === 0) throw failedToParse('a $type list must match at least one type');
  const wanted = new Set<TypeName>();
  for (const item of Array.isArray(operand) ? (operand as unknown[]) : [operand]) {
    const code = toNumber(item);
    if (item === 'number') numberTypes.forEach((type) => wanted.add(type));
    else if (code !== undefined) {
      const name = typeCodes[code];
      if (!name && code !== 6) throw badValue(`Invalid numerical type code: ${code}`);
      if (name) wanted.add(name);
    } else {
      const name = Object.values(typeCodes).find((known) => known === item);
      if (!name && item !== 'undefined') throw badValue(`Unknown type name alias: ${String(item)}`);
      if (name) wanted.add(name);
    }
  }
  return (value) => value !== undefined && wanted.has(typeName(value));
}
