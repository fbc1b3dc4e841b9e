import { setTimeout as pause } from 'node:timers/promises';
import type { Benchmark, Section } from '../benchmark.js';
import { megabytes, ms } from '../figures.js';
import { manyTimes } from '../many-times.js';
import { memoryOf } from '../process-figures.js';
import type { Stage } from '../stage.js';
import { median } from '../statistics.js';
import type { LoadGenerator } from './load.worker.js';
import type { Platform } from './platform.js';

/** What each process needs to run. */
export const processes: Benchmark = {
  name: 'processes',
  what: 'memory and start-up time of each service',
  run: async (stage) => {
    const [database] = await stage.databases();
    if (!database) return [];
    const platform = await stage.platform(database);
    stage.say('starting one more of each service, one at a time');
    const found: Fresh[] = [];
    for (const { name } of platform.fleet.processes) found.push(await freshly(stage, platform, name));
    stage.say('putting load on all of them');
    await underLoad(stage, platform);
    const loaded = new Map(platform.fleet.processes.map(({ name, pid }) => [name, memoryOf(pid)]));
    const rows = found.map(({ name, ready, idle }) => [
      name,
      ms(ready),
      megabytes(idle),
      megabytes(loaded.get(name) ?? 0),
    ]);
    return [sectionOf(rows)];
  },
};

type Name = Platform['fleet']['processes'][number]['name'];
interface Fresh {
  readonly name: Name;
  /** From its start until it is ready, ms. */
  readonly ready: number;
  /** Bytes. */
  readonly idle: number;
}

async function freshly({ quick }: Stage, { fleet }: Platform, name: Name): Promise<Fresh> {
  const ready: number[] = [];
  const idle: number[] = [];
  for (let round = 0; round < (quick ? 1 : 3); round += 1) {
    const began = performance.now();
    const one = await fleet.another(name);
    await readiness(one.url);
    ready.push(performance.now() - began);
    await pause(quick ? 100 : 3_000); // what the start has left behind is collected or stays
    idle.push(memoryOf(one.pid));
    await one.stop();
  }
  return { name, ready: median(ready), idle: median(idle) };
}

async function readiness(url: string): Promise<void> {
  for (const deadline = Date.now() + 60_000; ; await pause(5)) {
    const answered = await fetch(`${url}/health/ready`).catch(() => undefined);
    await answered?.body?.cancel();
    if (answered?.ok) return;
    if (Date.now() > deadline) throw new Error(`${url} is not ready after a minute`);
  }
}

async function underLoad({ quick, hire }: Stage, { fleet, courseIds, nextSeat }: Platform): Promise<void> {
  const generator = await hire<LoadGenerator>('http/load.worker.ts');
  for (const path of [`/courses/${courseIds[0]}`, '/courses?q=measurement'])
    await generator.ask('load', { origin: fleet.edgeUrl, path, width: 10, ms: quick ? 300 : 10_000 });
  await generator.end();
  await manyTimes(quick ? 20 : 300, 5, async () => {
    const { learner, courseId } = nextSeat();
    await learner.post('/enrollments', { body: { courseId }, expect: 201 });
    await learner.get('/enrollments', { expect: 200 });
    await learner.get('/notifications', { expect: 200 });
    await learner.get('/me', { expect: 200 });
  });
}

function sectionOf(rows: readonly (readonly string[])[]): Section {
  return {
    name: 'processes',
    title: 'Memory and start-up',
    about: `Each service as a process of its own, without Node flags. **ready** is from the start of the process until \`/health/ready\` says 200,
with a running database and broker, the middle of three; **idle** is its resident memory three seconds later. **after load** is the one that has served
since the beginning, after 20 s of catalog reads at the edge, 300 enrolments with all that follows from them, and the learners' own pages.`,
    columns: ['', 'ready after', 'idle', 'after load'],
    rows,
    goals: [],
  };
}
