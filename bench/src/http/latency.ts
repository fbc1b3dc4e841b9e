import { setTimeout as pause } from 'node:timers/promises';
import { MongoClient } from 'mongodb';
import { z } from 'zod';
import type { Benchmark, Section } from '../benchmark.js';
import { ms } from '../figures.js';
import type { DatabaseServer, Stage } from '../stage.js';
import { quantile } from '../statistics.js';
import type { Platform } from './platform.js';

const PER_SECOND = 50;
/** Between two looks for effects, ms: what is measured is longer than the truth by at most this and the look itself. */
const LOOK = 2;

/** From the answer to a learner until another service has acted upon it. */
export const latency: Benchmark = {
  name: 'latency',
  what: `from the HTTP 2xx to the effect in another service, at ${PER_SECOND} a second`,
  run: async (stage) => {
    const sections: Section[] = [];
    for (const database of await stage.databases()) sections.push(await on(stage, database));
    return sections;
  },
};

const Enrolled = z.object({ enrollmentId: z.string() });

/** Looks for effects while there are any to come. */
class Watch {
  readonly took: number[] = [];
  private readonly waiting = new Map<string, number>();
  private expecting = true;

  constructor(private readonly find: (ids: string[]) => Promise<string[]>) {}

  /** The learner has just been told. */
  answered(id: string): void {
    this.waiting.set(id, performance.now());
  }

  /** No more answers will come. */
  last(): void {
    this.expecting = false;
  }

  async run(): Promise<void> {
    let latest = performance.now();
    while (this.expecting || this.waiting.size > 0) {
      for (const id of this.waiting.size > 0 ? await this.find([...this.waiting.keys()]) : []) {
        latest = performance.now();
        this.took.push(latest - (this.waiting.get(id) ?? latest));
        this.waiting.delete(id);
      }
      if (!this.expecting && performance.now() - latest > 30_000)
        throw new Error(`${this.waiting.size} effects did not come within 30 s`);
      await pause(LOOK);
    }
  }
}

async function on(stage: Stage, database: DatabaseServer): Promise<Section> {
  const platform = await stage.platform(database);
  stage.say(`latency on the ${database.what}`);
  const client = await MongoClient.connect(database.url);
  try {
    const rows = client.db(`${platform.prefix}catalog`).collection<{ _id: string }>('entitlements');
    const find = async (ids: string[]) =>
      (await rows.find({ _id: { $in: ids } }, { projection: { _id: 1 } }).toArray()).map(({ _id }) => _id);
    await enrol(platform, 2, find); // for warming up
    const measured = await enrol(platform, stage.quick ? 2 : 15, find);
    return sectionOf(database, measured);
  } finally {
    await client.close();
  }
}

/** Learners enrol in free courses at a steady rate, however long the answers take. */
async function enrol(platform: Platform, seconds: number, find: (ids: string[]) => Promise<string[]>) {
  const watch = new Watch(find);
  const watching = watch.run();
  const answers: number[] = [];
  const began = performance.now();
  const requests = Array.from({ length: seconds * PER_SECOND }, async (_, number) => {
    await pause((number * 1_000) / PER_SECOND);
    const { learner, courseId } = platform.nextSeat();
    const asked = performance.now();
    const { enrollmentId } = await learner.post('/enrollments', { body: { courseId }, expect: 201, schema: Enrolled });
    watch.answered(enrollmentId);
    answers.push(performance.now() - asked);
  });
  await Promise.all([watching, Promise.all(requests).finally(() => watch.last())]);
  return { answers, effects: watch.took, rate: answers.length / ((performance.now() - began) / 1_000) };
}

function sectionOf(database: DatabaseServer, { answers, effects, rate }: Awaited<ReturnType<typeof enrol>>): Section {
  const row = (name: string, took: readonly number[]) => [
    name,
    ...[quantile(took, 0.5), quantile(took, 0.99), quantile(took, 1)].map(ms),
  ];
  return {
    name: database.pid ? 'latency' : 'latency-given',
    title: `From the answer to the effect elsewhere, on the ${database.what}`,
    about: `\`POST /enrollments\` for free courses at the edge, ${effects.length} times at ${PER_SECOND} a second (${rate.toFixed(0)}
answered), all eight services running as
processes. Enrollment answers 201; its event makes catalog let the learner in, billing and progress remember it, and notify write a mail. The effect
is catalog's row, looked for in its database every ${LOOK} ms; the time runs from the moment at which the client has the answer.`,
    columns: ['', 'p50', 'p99', 'longest'],
    rows: [row('answer of enrollment (201)', answers), row('from there to the effect in catalog', effects)],
    goals: [],
  };
}
