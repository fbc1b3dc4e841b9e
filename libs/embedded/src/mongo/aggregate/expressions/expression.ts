import { badValue, CommandError } from '../../errors.js';
import { type Doc, isDoc } from '../../values/document.js';

/** What an expression sees: the document, and the variables by name. */
export interface Scope {
  readonly root: unknown;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** A compiled expression; `undefined` is a missing value. */
export type Expression = (scope: Scope) => unknown;

/** Compiles what stands below an operator. */
export interface Compiler {
  compile(spec: unknown): Expression;
  /** The same where further variables are known. */
  with(names: readonly string[]): Compiler;
}

export type Operator = (operand: unknown, compiler: Compiler, name: string) => Expression;
export type Operators = Record<string, Operator>;

export const isNil = (value: unknown): value is null | undefined => value === null || value === undefined;

/** The scope with further variables. */
export function within(scope: Scope, more: Readonly<Record<string, unknown>>): Scope {
  const variables: Record<string, unknown> = Object.assign(
    Object.create(scope.variables) as Record<string, unknown>,
    more,
  );
  return { root: scope.root, variables };
}

const plural = (count: number) => (count === 1 ? '1 was passed in.' : `${count} were passed in.`);

/** The operands of an operator that takes `least` to `most` of them; one may stand without its brackets. */
export function operands(name: string, operand: unknown, least: number, most = least): unknown[] {
  const list = Array.isArray(operand) ? (operand as unknown[]) : [operand];
  if (list.length >= least && list.length <= most) return list;
  if (least === most)
    throw new CommandError(16020, `Expression ${name} takes exactly ${least} arguments. ${plural(list.length)}`);
  throw new CommandError(
    28667,
    `Expression ${name} takes at least ${least} arguments, and at most ${most}, but ${plural(list.length)}`,
  );
}

/** An operator on a fixed number of values. */
export const onValues =
  (least: number, work: (values: unknown[], name: string) => unknown, most = least): Operator =>
  (operand, compiler, name) => {
    const parts = operands(name, operand, least, most).map((part) => compiler.compile(part));
    return (scope) =>
      work(
        parts.map((part) => part(scope)),
        name,
      );
  };

/** An operator on one value. */
export const onValue =
  (work: (value: unknown, name: string) => unknown): Operator =>
  (operand, compiler, name) => {
    const [spec] = operands(name, operand, 1);
    const part = compiler.compile(spec);
    return (scope) => work(part(scope), name);
  };

/** An operator on one value that gives null for null and for what is missing. */
export const unlessNull = (work: (value: unknown, name: string) => unknown): Operator =>
  onValue((value, name) => (isNil(value) ? null : work(value, name)));

/** An operator on any number of values. */
export const onAll =
  (work: (values: unknown[], name: string) => unknown): Operator =>
  (operand, compiler, name) => {
    const parts = (Array.isArray(operand) ? (operand as unknown[]) : [operand]).map((part) => compiler.compile(part));
    return (scope) =>
      work(
        parts.map((part) => part(scope)),
        name,
      );
  };

/** How an operator with named arguments refuses what it was given. */
export interface NamedRefusals {
  readonly notADocument: number;
  readonly unknown: number;
  /** The number for each argument that must be there. */
  readonly missing: Readonly<Record<string, number>>;
}

/** The named arguments of an operator, checked; throws its numbers for what is missing or unknown. */
export function namedOperands(
  name: string,
  operand: unknown,
  optional: readonly string[],
  refusals: NamedRefusals,
): Doc {
  if (!isDoc(operand)) throw new CommandError(refusals.notADocument, `${name} only supports an object as its argument`);
  for (const key of Object.keys(operand))
    if (!optional.includes(key) && !(key in refusals.missing))
      throw new CommandError(refusals.unknown, `Unrecognized parameter to ${name}: ${key}`);
  for (const [key, code] of Object.entries(refusals.missing))
    if (!(key in operand)) throw new CommandError(code, `Missing '${key}' parameter to ${name}`);
  return operand;
}

/** Compiles each named argument that is there. */
export function compiledFields(operand: Doc, compiler: Compiler): Record<string, Expression> {
  return Object.fromEntries(Object.entries(operand).map(([key, spec]) => [key, compiler.compile(spec)]));
}

/** The values of the named arguments. */
export function valuesOf(fields: Readonly<Record<string, Expression>>, scope: Scope): Doc {
  const values: Doc = {};
  for (const key of Object.keys(fields)) values[key] = fields[key]?.(scope);
  return values;
}

export const notPossible = (what: string) => badValue(what);
