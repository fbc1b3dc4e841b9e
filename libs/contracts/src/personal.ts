import { z } from 'zod';

/** What an event tells about somebody: which of its fields names the person, and which hold something about that person. */
export interface PersonalMark<Field extends string = string> {
  /** The field with the person's id. An event in which it is absent speaks of nobody here. */
  readonly of: Field;
  /** Fields that are blanked when the person is erased; none where the id is everything. */
  readonly fields?: readonly Field[];
}

/** A mark with what takes the place of each field: undefined takes the field away. */
export interface Redaction {
  readonly of: string;
  readonly blanks: ReadonlyMap<string, unknown>;
}

/** Says nothing about anybody and is an address all the same; the domain is reserved for that (RFC 2606). */
export const nobodysAddress = 'erased@erased.invalid';
/** Stands where a name must stand. */
export const nobodysName = '–';

/** Whether an address was blanked: nothing can be sent there. */
export const isNobodys = (address: string): boolean => address.endsWith('@erased.invalid');

const blanks: readonly unknown[] = [undefined, '', 'erased', nobodysAddress, [], {}];

/** Works out how the marked fields are blanked. Throws RangeError for a field that is not there, or that cannot be blanked. */
export function redactionsOf(type: string, schema: z.ZodType, marks: readonly PersonalMark[]): readonly Redaction[] {
  if (marks.length === 0) return [];
  if (!(schema instanceof z.ZodObject)) throw new RangeError(`${type}: only the fields of an object can be personal`);
  const fields = new Map<string, z.ZodType>(Object.entries<z.ZodType>(schema.shape));
  const fieldOf = (name: string): z.ZodType => {
    const field = fields.get(name);
    if (!field) throw new RangeError(`${type} has no field ${name}`);
    return field;
  };
  return marks.map(({ of, fields: names = [] }) => {
    fieldOf(of);
    if (names.includes(of)) throw new RangeError(`${type}: ${of} names the person and stays`);
    return { of, blanks: new Map(names.map((name) => [name, blankFor(`${type}: ${name}`, fieldOf(name))])) };
  });
}

function blankFor(name: string, schema: z.ZodType): unknown {
  const fits = blanks.find((blank) => schema.safeParse(blank).success);
  if (fits === undefined && !schema.safeParse(undefined).success)
    throw new RangeError(`${name} can hold nothing that says nothing: make it optional`);
  return fits;
}
