import { CommandError, failedToParse } from '../../errors.js';
import { type Doc, isDoc, setField } from '../../values/document.js';
import { arrayOperators } from './array-operators.js';
import { dateOperators } from './date-operators.js';
import type { Compiler, Expression, Operators, Scope } from './expression.js';
import { logicOperators } from './logic-operators.js';
import { numberOperators } from './number-operators.js';
import { objectOperators } from './object-operators.js';
import { setOperators } from './set-operators.js';
import { statisticOperators } from './statistic-operators.js';
import { textOperators } from './text-operators.js';
import { typeOperators } from './type-operators.js';

const operators: Operators = {
  ...arrayOperators,
  ...dateOperators,
  ...logicOperators,
  ...numberOperators,
  ...objectOperators,
  ...setOperators,
  ...statisticOperators,
  ...textOperators,
  ...typeOperators,
};

export const isExpressionOperator = (name: string): boolean => Object.hasOwn(operators, name);

/** What `$redact` decides between. */
export const redactions = { DESCEND: '$$DESCEND', PRUNE: '$$PRUNE', KEEP: '$$KEEP' } as const;

const always =
  (value: unknown): Expression =>
  () =>
    value;

/** The value at a path: in an array, the values that its documents have there. */
export function valueAt(value: unknown, parts: readonly string[], at = 0): unknown {
  let current = value;
  for (let i = at; i < parts.length; i++) {
    if (Array.isArray(current)) {
      const found: unknown[] = [];
      for (const item of current as unknown[]) {
        if (!isDoc(item)) continue;
        const inner = valueAt(item, parts, i);
        if (inner !== undefined) found.push(inner);
      }
      return found;
    }
    const part = parts[i] ?? '';
    if (!isDoc(current) || !Object.hasOwn(current, part)) return undefined;
    current = current[part];
  }
  return current;
}

function checkedParts(path: string): string[] {
  const parts = path.split('.');
  if (path === '') throw new CommandError(16872, "'$' by itself is not a valid FieldPath");
  if (parts.includes('')) throw new CommandError(15998, 'FieldPath field names may not be empty strings.');
  if (parts.some((part) => part.startsWith('$')))
    throw new CommandError(16410, `FieldPath field names may not start with '$', given '${path}'.`);
  return parts;
}

function variable(path: string, known: ReadonlySet<string>): Expression {
  const [name = '', ...rest] = path.split('.');
  if (name === '') throw failedToParse('empty variable names are not allowed');
  const parts = rest.length > 0 ? checkedParts(rest.join('.')) : [];
  if (name === 'ROOT' || name === 'CURRENT') return ({ root }) => valueAt(root, parts);
  if (name === 'REMOVE') return always(undefined);
  if (name in redactions) return always(redactions[name as keyof typeof redactions]);
  if (!known.has(name)) throw new CommandError(17276, `Use of undefined variable: ${name}`);
  return ({ variables }) => valueAt(variables[name], parts);
}

function field(path: string): Expression {
  const parts = checkedParts(path);
  const [only] = parts;
  if (parts.length === 1 && only !== undefined)
    return ({ root }) => (isDoc(root) && Object.hasOwn(root, only) ? root[only] : undefined);
  return ({ root }) => valueAt(root, parts);
}

function documentOf(spec: Doc, compiler: Compiler): Expression {
  const fields = Object.entries(spec).map(([key, inner]): [string, Expression] => {
    if (key.includes('.'))
      throw new CommandError(
        16412,
        `FieldPath field names may not contain '.'. Consider using $getField or $setField.`,
      );
    return [key, compiler.compile(inner)];
  });
  return (scope) => {
    const result: Doc = {};
    for (const [key, expression] of fields) {
      const value = expression(scope);
      if (value !== undefined) setField(result, key, value);
    }
    return result;
  };
}

function listOf(specs: readonly unknown[], compiler: Compiler): Expression {
  const items = specs.map((spec) => compiler.compile(spec));
  return (scope) => items.map((item) => item(scope) ?? null);
}

/** A compiler of expressions that may use these variables. */
export function compilerFor(known: ReadonlySet<string>): Compiler {
  const compiler: Compiler = {
    compile(spec) {
      if (typeof spec === 'string') {
        if (spec.startsWith('$$')) return variable(spec.slice(2), known);
        return spec.startsWith('$') ? field(spec.slice(1)) : always(spec);
      }
      if (Array.isArray(spec)) return listOf(spec as unknown[], compiler);
      if (!isDoc(spec)) return always(spec);
      const keys = Object.keys(spec);
      const [name = ''] = keys;
      if (!keys.some((key) => key.startsWith('$'))) return documentOf(spec, compiler);
      if (keys.length > 1)
        throw new CommandError(
          15983,
          `An object representing an expression must have exactly one field: { ${keys.join(', ')} }`,
        );
      const operator = Object.hasOwn(operators, name) ? operators[name] : undefined;
      if (!operator) throw new CommandError(168, `Unrecognized expression '${name}'`);
      return operator(spec[name], compiler, name);
    },
    with: (names) => compilerFor(new Set([...known, ...names])),
  };
  return compiler;
}

/** The outermost scope of a document. */
export const scopeOf = (root: unknown, variables: Readonly<Record<string, unknown>>): Scope => ({ root, variables });
