import { CommandError, failedToParse } from '../../errors.js';
import { isDoc, truthy } from '../../values/document.js';
import { compare } from '../../values/order.js';
import {
  type Compiler,
  type Expression,
  isNil,
  onValues,
  type Operator,
  operands,
  type Operators,
  within,
} from './expression.js';

const comparison = (decide: (order: number) => unknown): Operator => onValues(2, ([a, b]) => decide(compare(a, b)));

const list = (operand: unknown, compiler: Compiler): Expression[] =>
  (Array.isArray(operand) ? (operand as unknown[]) : [operand]).map((part) => compiler.compile(part));

const cond: Operator = (operand, compiler, name) => {
  const parts = isDoc(operand) ? condParts(operand) : operands(name, operand, 3);
  const [test, then, otherwise] = parts.map((part) => compiler.compile(part));
  return (scope) => (truthy(test?.(scope)) ? then?.(scope) : otherwise?.(scope));
};

function condParts(operand: Readonly<Record<string, unknown>>): unknown[] {
  for (const key of Object.keys(operand))
    if (!['if', 'then', 'else'].includes(key)) throw new CommandError(17083, `Unrecognized parameter to $cond: ${key}`);
  const codes = { if: 17080, then: 17081, else: 17082 };
  for (const [key, code] of Object.entries(codes))
    if (!(key in operand)) throw new CommandError(code, `Missing '${key}' parameter to $cond`);
  return [operand['if'], operand['then'], operand['else']];
}

const choose: Operator = (operand, compiler) => {
  if (!isDoc(operand)) throw new CommandError(40060, '$switch requires an object as an argument, found: ');
  for (const key of Object.keys(operand))
    if (!['branches', 'default'].includes(key))
      throw new CommandError(40067, `$switch found an unknown argument: ${key}`);
  const { branches, default: fallback } = operand;
  if (branches !== undefined && !Array.isArray(branches))
    throw new CommandError(40061, "$switch expected an array for 'branches'");
  if (!Array.isArray(branches) || branches.length === 0)
    throw new CommandError(40068, '$switch requires at least one branch.');
  const compiled = branches.map((branch: unknown) => {
    if (!isDoc(branch)) throw new CommandError(40062, '$switch expected each branch to be an object');
    if (!('case' in branch)) throw new CommandError(40064, "$switch requires each branch have a 'case' expression");
    if (!('then' in branch)) throw new CommandError(40065, "$switch requires each branch have a 'then' expression.");
    return { test: compiler.compile(branch['case']), then: compiler.compile(branch['then']) };
  });
  const otherwise = 'default' in operand ? compiler.compile(fallback) : undefined;
  return (scope) => {
    for (const { test, then } of compiled) if (truthy(test(scope))) return then(scope);
    if (!otherwise)
      throw new CommandError(
        40066,
        '$switch could not find a matching branch for an input, and no default was specified.',
      );
    return otherwise(scope);
  };
};

const userVariable = /^[a-z\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*$/;

/** Refuses names that a user may not give to a variable. */
export function refuseVariable(name: string): void {
  if (!userVariable.test(name))
    throw failedToParse(`'${name}' starts with an invalid character for a user variable name`);
}

const bind: Operator = (operand, compiler) => {
  if (!isDoc(operand)) throw new CommandError(16874, '$let only supports an object as its argument');
  for (const key of Object.keys(operand))
    if (!['vars', 'in'].includes(key)) throw new CommandError(16875, `Unrecognized parameter to $let: ${key}`);
  if (!('vars' in operand)) throw new CommandError(16876, "Missing 'vars' parameter to $let");
  if (!('in' in operand)) throw new CommandError(16877, "Missing 'in' parameter to $let");
  const { vars } = operand;
  if (!isDoc(vars)) throw new CommandError(10065, 'invalid parameter: expected an object (vars)');
  const names = Object.keys(vars);
  names.forEach(refuseVariable);
  const values = names.map((name): [string, Expression] => [name, compiler.compile(vars[name])]);
  const inner = compiler.with(names).compile(operand['in']);
  return (scope) => inner(within(scope, Object.fromEntries(values.map(([name, value]) => [name, value(scope)]))));
};

export const logicOperators: Operators = {
  $eq: comparison((order) => order === 0),
  $ne: comparison((order) => order !== 0),
  $gt: comparison((order) => order > 0),
  $gte: comparison((order) => order >= 0),
  $lt: comparison((order) => order < 0),
  $lte: comparison((order) => order <= 0),
  $cmp: comparison((order) => Math.sign(order)),
  $and: (operand, compiler) => {
    const parts = list(operand, compiler);
    return (scope) => parts.every((part) => truthy(part(scope)));
  },
  $or: (operand, compiler) => {
    const parts = list(operand, compiler);
    return (scope) => parts.some((part) => truthy(part(scope)));
  },
  $not: onValues(1, ([value]) => !truthy(value)),
  $cond: cond,
  $switch: choose,
  $ifNull: (operand, compiler) => {
    const parts = Array.isArray(operand) ? (operand as unknown[]).map((part) => compiler.compile(part)) : [];
    if (parts.length < 2)
      throw new CommandError(
        1257300,
        `$ifNull needs at least two arguments, had: ${Array.isArray(operand) ? operand.length : 1}`,
      );
    return (scope) => {
      let value: unknown;
      for (const part of parts) {
        value = part(scope);
        if (!isNil(value)) return value;
      }
      return value;
    };
  },
  $let: bind,
  $literal: (operand) => () => operand,
  $const: (operand) => () => operand,
};
