import type { Size } from './plan.js';
import { type Outcome, storyOf } from './run.js';
import { type Stage, stages } from './shopper.js';

/** A run as a table, with what went wrong spelt out. */
export function reportOf(outcome: Outcome, { size, seed }: { size: Size; seed: number }): string {
  const { verdicts, purchases, notDone, faults } = outcome;
  const broken = verdicts.some(({ holds }) => !holds);
  const width = Math.max(...verdicts.map(({ rule }) => rule.length));
  const stuck = purchases.filter(({ stage, unexpected }) => stage !== 'done' || unexpected.length > 0);
  const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`;
  return [
    '',
    `${purchases.length} purchases, ${faults} faults (${size}, seed ${seed}), ${seconds(outcome.loadMs)}`,
    ...verdicts.map(({ rule, holds, found }) => `${holds ? '  ok  ' : 'WRONG '} ${rule.padEnd(width)}  ${found}`),
    '',
    `after the last fault: last purchase ${seconds(outcome.doneMs)}, nothing waits ${seconds(outcome.quietMs)}`,
    `mails handed over twice: ${outcome.mailsTwice}`,
    ...slowness(purchases.map(({ reached }) => reached)),
    ...notDone.map((each) => `not done: ${each}`),
    ...(broken && stuck.length > 0 ? ['', 'purchases that got stuck:', ...stuck.map(storyOf)] : []),
  ].join('\n');
}

/** How long the stages took: the middle, and the slowest. */
function slowness(all: readonly Partial<Record<Stage, number>>[]): string[] {
  return stages.slice(1).flatMap((stage, n) => {
    const before = stages[n];
    const times = all
      .flatMap((reached) => {
        const [from, to] = [before && reached[before], reached[stage]];
        return from === undefined || to === undefined ? [] : [to - from];
      })
      .sort((a, b) => a - b);
    const [median, most] = [times[Math.floor(times.length / 2)], times.at(-1)];
    if (median === undefined || most === undefined) return [];
    return [`${before} to ${stage}: median ${median} ms, slowest ${most} ms`];
  });
}
