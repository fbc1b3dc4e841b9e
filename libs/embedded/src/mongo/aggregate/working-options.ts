import { Aggregator } from 'mingo/aggregator';
import { Context } from 'mingo/core';
import type { Iterator } from 'mingo/lazy';
import type { Options } from 'mingo/types';
import { CommandError } from '../errors.js';

/** mingo makes its working options (a costly copy of all operators) only for stages: this one lets us keep them. */
const keepOptions = '$lyceumKeepOptions';
const kept = new WeakMap<object, Options>();

export function workingOptions(options: Partial<Options>): Options {
  let ready = kept.get(options);
  if (!ready) {
    let seen: Options | undefined;
    const capture = (docs: Iterator, _: unknown, working: Options) => {
      seen = working;
      return docs;
    };
    const only = Context.init({ pipeline: { [keepOptions]: capture } });
    new Aggregator([{ [keepOptions]: {} }], {
      ...options,
      context: Context.from(options.context ?? Context.init(), only),
    }).run([]);
    if (!seen) throw new CommandError(1, 'the expression engine did not start');
    ready = seen;
    kept.set(options, ready);
  }
  return ready;
}
