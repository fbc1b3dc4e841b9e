import { parseArgs } from 'node:util';
import type { Benchmark } from './benchmark.js';

export interface Request {
  readonly chosen: readonly Benchmark[];
  readonly write: boolean;
  readonly quick: boolean;
}

/** What was asked for cannot be understood; the message is for a person. */
export class BadRequest extends Error {
  override readonly name = 'BadRequest';
}

/** What the command line asks for. Throws {@link BadRequest}. */
export function requestOf(args: readonly string[], benchmarks: readonly Benchmark[]): Request | 'help' {
  const { values, positionals } = parse([...args]);
  if (values.help) return 'help';
  const unknown = positionals.filter((name) => !benchmarks.some((each) => each.name === name));
  if (unknown.length > 0) throw new BadRequest(`There is no benchmark ${unknown.join(', ')}.`);
  if (values.write && values.quick) throw new BadRequest('--quick does not measure: nothing of it is written.');
  const chosen = benchmarks.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
  return { chosen, write: values.write, quick: values.quick };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        write: { type: 'boolean', default: false },
        quick: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (error) {
    throw new BadRequest(error instanceof Error ? error.message : String(error), { cause: error });
  }
}
