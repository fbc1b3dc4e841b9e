import { spawnSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Benchmark, Section } from './benchmark.js';
import { change } from './change/change.js';
import { events } from './events/events.js';
import { edge } from './http/edge.js';
import { latency } from './http/latency.js';
import { processes } from './http/processes.js';
import { describeMachine } from './machine.js';
import { markdownOf, textOf, withParts } from './page.js';
import { BadRequest, type Request, requestOf } from './request.js';
import { NotHere } from './servers.js';
import { Stage } from './stage.js';

const benchmarks: readonly Benchmark[] = [events, latency, edge, change, processes];
const root = join(import.meta.dirname, '../..');
const page = join(root, 'docs/performance.md');

const USAGE = `npm run bench -- [name…] [--write] [--quick]

Measures Lyceum against what one would write without it, in rounds that alternate.

${benchmarks.map(({ name, what }) => `  ${name.padEnd(10)} ${what}`).join('\n')}

  --write    also writes the results into docs/performance.md
  --quick    short rounds: to see that it works, not to measure

MONGODB_URI: a second database to measure on. AMQP_URL: a broker to use instead of one of our own.`;

async function run({ chosen, write, quick }: Request): Promise<void> {
  const stage = new Stage(quick, (line) => console.error(line));
  const breakOff = (code: number) => void stage.close().finally(() => process.exit(code));
  process.once('SIGINT', () => breakOff(130)).once('SIGTERM', () => breakOff(143));
  process.once('uncaughtException', (error) => {
    console.error(error);
    breakOff(1); // the servers would outlive us
  });
  try {
    const sections: Section[] = [];
    for (const benchmark of chosen) {
      const found = await benchmark.run(stage);
      for (const section of found) console.log(textOf(section));
      sections.push(...found);
    }
    const machine = await describeMachine(await stage.databases(), (await stage.rabbit()).url);
    console.log(`\n${machine}`);
    if (!write) return;
    const parts = new Map([['machine', machine], ...sections.map((each) => [each.name, markdownOf(each)] as const)]);
    await writeFile(page, withParts(await readFile(page, 'utf8'), parts));
    spawnSync(join(root, 'node_modules/.bin/oxfmt'), [page]); // as the check of the repository's format wants it
    console.log('\ndocs/performance.md is written.');
  } finally {
    await stage.close();
  }
}

try {
  const request = requestOf(process.argv.slice(2), benchmarks);
  if (request === 'help') console.log(USAGE);
  else await run(request);
} catch (error) {
  if (error instanceof BadRequest) {
    console.error(`${error.message}\n\n${USAGE}`);
    process.exit(64);
  }
  if (error instanceof NotHere) {
    console.error(error.message);
    process.exit(69);
  }
  throw error;
}
