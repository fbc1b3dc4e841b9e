import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { randomInt } from 'node:crypto';
import { setPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { mayStartRabbit } from '@lyceum/bus/testing';
import { mayStartRedis } from '@lyceum/testing';
import { type Size, planOf } from './plan.js';
import { reportOf } from './report.js';
import { type Outcome, run } from './run.js';
import { Timeline, lineOf } from './timeline.js';
import { type World, startWorld } from './world.js';

// npm run chaos: purchases while everything is killed, frozen and cut; then everything is counted.
const { values } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    long: { type: 'boolean', default: false },
    seed: { type: 'string' },
    keep: { type: 'boolean', default: false },
    'where-possible': { type: 'boolean', default: false },
    sabotage: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

const usage = `npm run chaos -- [--short | --long] [--seed N] [--keep] [--sabotage]
  --short     40 purchases, each kind of fault once (about two minutes); otherwise 300 purchases (about seven)
  --long      500 purchases, kill -9 at 100 random points (about twenty minutes)
  --seed N    the same purchases and faults at the same times as an earlier run
  --keep      keeps the logs also when all is well
  --sabotage  loses messages on purpose: the run must fail`;

const missing = [...(mayStartRabbit() ? [] : ['rabbitmq-server']), ...(mayStartRedis() ? [] : ['redis-server'])];

if (values.help) console.log(usage);
else if (missing.length > 0) {
  console.error(`CHAOS SUITE not run: there is no ${missing.join(' and no ')} on this machine`);
  process.exitCode = values['where-possible'] ? 0 : 1;
} else process.exit(await chaos(values.short ? 'short' : values.long ? 'long' : 'usual'));

async function chaos(size: Size): Promise<number> {
  const seed = values.seed === undefined ? randomInt(1, 1_000_000) : Number(values.seed);
  if (!Number.isSafeInteger(seed)) {
    console.error('The seed must be a whole number');
    return 1;
  }
  const plan = planOf(size, seed);
  const directory = mkdtempSync(join(tmpdir(), `lyceum-chaos-${seed}-`));
  favourOurselves();
  const timeline = new Timeline((line) => console.log(line));
  console.log(`chaos: ${size}, seed ${seed}, logs in ${directory}`);
  let world: World | undefined;
  let outcome: Outcome | undefined;
  const stopped = new Promise<never>((_, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.once(signal, () => reject(new Error(`stopped by ${signal}`)));
  });
  stopped.catch(() => undefined);
  try {
    const root = join(import.meta.dirname, '../../../..');
    const began = Date.now();
    world = await startWorld({ root, directory, leaseMs: plan.leaseMs, timeline });
    console.log(`everything is up after ${((Date.now() - began) / 1_000).toFixed(1)} s`);
    if (world.disk.unfillable) console.log(`The disk of the database will not be filled: ${world.disk.unfillable}`);
    outcome = await Promise.race([run(plan, world, timeline, values.sabotage), stopped]);
  } catch (error) {
    console.error('The run broke off:', error);
  } finally {
    writeFileSync(join(directory, 'timeline.txt'), `seed ${seed}\n${timeline.moments.map(lineOf).join('\n')}\n`);
    await world?.close();
  }
  const again = `npm run chaos -- ${size === 'usual' ? '' : `--${size} `}--seed ${seed}`;
  const well = outcome?.verdicts.every(({ holds }) => holds) ?? false;
  if (outcome) console.log(reportOf(outcome, { size, seed }));
  if (well) console.log(`chaos: all ${outcome?.verdicts.length} rules hold`);
  else
    console.error(`chaos: FAILED with seed ${seed}. The timeline and every log are in ${directory}. Again: ${again}`);
  if (well && !values.keep) rmSync(directory, { recursive: true, force: true });
  return well ? 0 : 1;
}

/** All that passes between the processes passes through this one: it must not be what is slow. */
function favourOurselves(): void {
  try {
    setPriority(-10);
  } catch {
    // only root may
  }
}
