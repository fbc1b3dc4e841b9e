import { InProcessBus } from '@lyceum/bus';
import { type EmbeddedMongo, startMongo } from '@lyceum/embedded/mongo';
import { newId } from '@lyceum/kernel';
import { Database } from '@lyceum/store';
import { Metrics } from '@lyceum/telemetry';
import { type RunningService, ScheduledJobs, start } from '../src/index.js';
import { OperatorsService } from '../src/operators/operators.service.js';
import { Orchard, StillClock, TREES, orchardService } from './orchard.js';
import { eventually, silent } from './probe.js';

jest.setTimeout(30_000);

const given = process.env['MONGODB_URI'];
const trees = Array.from({ length: TREES }, (_, n) => n + 1);
const sunday = '2026-11-22T04:00:00.000Z';

interface Instance {
  readonly running: RunningService;
  readonly orchard: Orchard;
  readonly jobs: ScheduledJobs;
  readonly operators: OperatorsService;
  /** As if its process had been killed: nothing is finished or handed over. */
  kill(): Promise<void>;
}

let mongo: EmbeddedMongo | undefined;
let env: Record<string, string>;
let clock: StillClock;
let instances: Instance[];
beforeAll(async () => {
  mongo = given ? undefined : await startMongo({ fsync: 'batch' });
  console.log(`jobs: database ${given ? 'at MONGODB_URI' : 'embedded'}`);
});
afterAll(() => mongo?.close());
beforeEach(() => {
  instances = [];
  clock = new StillClock(new Date('2026-11-20T12:00:00Z'));
  env = {
    PUBLIC_URL: 'http://localhost:4000',
    JWT_ISSUER: 'http://localhost:4000',
    JWKS_URL: 'http://127.0.0.1:9/jwks.json',
    MONGODB_URI: given ?? mongo?.uri ?? '',
    DATABASE_PREFIX: `t${newId().slice(-12)}-`,
    SHUTDOWN_GRACE_MS: '4000',
  };
});
afterEach(async () => {
  await instances.at(-1)?.running.app.get(Database).dropAllForTests();
  for (const { running } of instances) await running.close();
});

async function begin(): Promise<Instance> {
  const orchard = new Orchard();
  const running = await start(orchardService(orchard), {
    env,
    bus: new InProcessBus({ retryDelays: [10] }),
    clock,
    log: silent,
    processMetrics: false,
    jobs: { look: 50, lease: 600 },
  });
  const { app } = running;
  const kill = () => app.get(Database).connection.close(true);
  const instance = { running, orchard, jobs: app.get(ScheduledJobs), operators: app.get(OperatorsService), kill };
  instances.push(instance);
  return instance;
}

const picked = () => instances.flatMap(({ orchard }) => orchard.picked);
const latest = async ({ jobs }: Instance, job = 'orchard.pick') => (await jobs.latest(job, 1))[0];
const done = (instance: Instance, job?: string) =>
  eventually(async () => {
    const run = await latest(instance, job);
    expect(run).toMatchObject({ state: { status: 'done' } });
    return run;
  });

/** Waits until instances have looked a few times. */
async function looked({ operators }: Instance): Promise<void> {
  const before = await operators.runJob('somebody', 'orchard.prune');
  await eventually(async () => {
    const runs = await operators.runs(operators.job('orchard.prune'), 100);
    expect(runs.find(({ id }) => id === before.id)).toMatchObject({ state: { status: 'done' } });
  });
}

describe('a scheduled job', () => {
  it('is not done before its time, then once in the whole fleet, and again the next time', async () => {
    const [one] = [await begin(), await begin(), await begin()];
    await looked(one);
    expect(picked()).toEqual([]);
    clock.set(sunday);
    const run = await done(one);
    await looked(one);
    expect(picked()).toEqual(trees);
    expect(run).toMatchObject({ dueAt: new Date(sunday), attempts: 1, counts: { trees: TREES, baskets: 1 } });
    clock.set('2026-11-29T04:10:00.000Z');
    await eventually(() => expect(picked()).toEqual([...trees, ...trees]));
    await looked(one);
    expect(picked()).toHaveLength(2 * TREES);
  });

  it('that was missed while everything was down is done once soon after the start', async () => {
    await (await begin()).running.close();
    clock.set('2026-12-30T12:00:00Z');
    const [one] = [await begin(), await begin()];
    await done(one);
    await looked(one);
    expect(picked()).toEqual(trees);
    expect(await one.jobs.latest('orchard.pick', 10)).toHaveLength(1);
  });

  it('goes on in another instance where the one that was killed had come to', async () => {
    const first = await begin();
    const reached = Promise.withResolvers<void>();
    first.orchard.before = (tree) => {
      if (tree !== 4) return;
      reached.resolve();
      return new Promise<never>(() => undefined);
    };
    clock.set(sunday);
    await reached.promise;
    const second = await begin();
    await first.kill();
    await done(second);
    expect([first.orchard.picked, second.orchard.picked]).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect(second.orchard.begun).toEqual(['3']);
    expect(await latest(second)).toMatchObject({ attempts: 2, counts: { trees: TREES, baskets: 1 } });
  });

  it('is handed over by an instance that ends', async () => {
    const first = await begin();
    const reached = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    first.orchard.before = (tree) => {
      if (tree !== 3) return;
      reached.resolve();
      return goOn.promise;
    };
    clock.set(sunday);
    await reached.promise;
    const closing = first.running.close();
    goOn.resolve();
    await closing;
    const second = await begin();
    await done(second);
    expect(picked()).toEqual(trees);
  });

  it('that fails is tried again later, from where it was', async () => {
    const one = await begin();
    one.orchard.before = (tree) => {
      if (tree === 2) throw new Error('the ladder is broken');
    };
    clock.set(sunday);
    await eventually(async () =>
      expect(await latest(one)).toMatchObject({
        attempts: 1,
        state: {
          status: 'waiting',
          notBefore: new Date('2026-11-22T04:01:00Z'),
          failure: 'Error: the ladder is broken',
        },
      }),
    );
    await looked(one);
    expect(picked()).toEqual([1]);
    one.orchard.before = () => undefined;
    clock.set('2026-11-22T04:01:00Z');
    await done(one);
    expect(picked()).toEqual(trees);
  });

  it('tells how long it has been due until it is done, also while it pauses, and how its attempts have ended', async () => {
    const one = await begin();
    const told = async (name: string, labels = '') => {
      const lines = (await one.running.app.get(Metrics).registry.metrics()).split('\n');
      const found = lines.find((line) => line.startsWith(`${name}{scheduled_job="orchard.pick"${labels}`));
      return found && Number(found.split(' ').at(-1));
    };
    const unfinished = () => told('lyceum_job_unfinished_seconds');
    const ended = (outcome: string) => told('lyceum_job_runs_total', `,outcome="${outcome}"`);
    await looked(one);
    expect([await unfinished(), await ended('done'), await ended('failed')]).toEqual([0, 0, 0]);
    one.orchard.before = () => {
      throw new Error('the ladder is broken');
    };
    clock.set(sunday);
    await eventually(async () => expect(await ended('retried')).toBe(1));
    clock.set('2026-11-22T04:00:50Z');
    await eventually(async () => expect(await unfinished()).toBe(50));
    one.orchard.before = () => undefined;
    clock.set('2026-11-22T04:01:00Z');
    await done(one);
    await eventually(async () => expect([await unfinished(), await ended('done')]).toEqual([0, 1]));
  });

  it('is done out of turn for an operator, once however often it is asked for, and that is on record', async () => {
    const [one, two] = [await begin(), await begin()];
    const reached = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    for (const { orchard } of [one, two])
      orchard.before = () => {
        reached.resolve();
        return goOn.promise;
      };
    const { id } = await one.operators.runJob('ada', 'orchard.pick', 'it is ripe');
    await reached.promise;
    expect((await two.operators.runJob('eve', 'orchard.pick')).id).toBe(id);
    goOn.resolve();
    expect(await done(two)).toMatchObject({ id, operatorId: 'ada' });
    expect(picked()).toEqual(trees);
    expect((await one.operators.latestActs({ limit: 10 })).items).toMatchObject([
      { operatorId: 'eve', act: 'run-job', order: { job: 'orchard.pick' }, outcome: 'done' },
      { operatorId: 'ada', act: 'run-job', reason: 'it is ripe', outcome: 'done' },
    ]);
    await expect(one.operators.runJob('ada', 'orchard.burn')).rejects.toMatchObject({
      code: 'operations.job-not-found',
    });
  });
});
