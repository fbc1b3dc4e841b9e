import { setTimeout as wait } from 'node:timers/promises';
import { Repeating } from '@lyceum/host';
import { Api } from '../api.js';
import { type AuthoredCourse, type CourseDraft, authorCourse } from '../authoring.js';
import { type Person, join } from '../people.js';
import { freeCourse } from '../story/courses.js';
import { type Verdict, judge } from './checks.js';
import { Inspector } from './facts.js';
import { Adversary } from './faults.js';
import { type Plan, wording } from './plan.js';
import { type Purchase, Shopper } from './shopper.js';
import type { Timeline } from './timeline.js';
import type { World } from './world.js';

/** A run when it is over. */
export interface Outcome {
  readonly verdicts: readonly Verdict[];
  readonly purchases: readonly Purchase[];
  /** Faults of the plan that this machine did not allow, and why. */
  readonly notDone: readonly string[];
  readonly faults: number;
  readonly loadMs: number;
  /** After the last fault: until the last purchase was complete, and until nothing waited any more. */
  readonly doneMs: number;
  readonly quietMs: number;
  readonly mailsTwice: number;
}

const atOnce = 4;
/** One instance of notify has so many mails under way at most, and a kill leaves each of them in doubt. */
const mailsUnderWay = 10;
const quietWithinMs = 90_000;
const password = 'violet umbrellas by the harbour';

/** Prepares people and courses, lets them buy while everything is being hurt, and judges what is left of it. */
export async function run(plan: Plan, world: World, timeline: Timeline, sabotage: boolean): Promise<Outcome> {
  const courses = await author(plan, world);
  const shoppers = await register(plan, world, timeline);
  world.standIns.stripe.setFaults(plan.stripe);
  const purchases = plan.purchases.map(({ learner, course }): Purchase => {
    const { courseId = '', lectures = [] } = courses[course] ?? {};
    return {
      learner: shoppers[learner]?.person.email ?? '',
      courseId,
      lectureId: lectures[0]?.lectureId ?? '',
      key: `purchase-${learner}-${course}`,
      stage: 'checkout',
      reached: {},
      tries: 0,
      unexpected: [],
    };
  });
  const adversary = new Adversary(world, timeline);
  const inspector = new Inspector(world, timeline);
  timeline.begin();
  timeline.note(`${purchases.length} purchases begin, ${plan.faults.length} faults are planned`);

  const deadline = () => (adversary.healedAt > 0 ? adversary.healedAt + plan.patienceMs : Number.POSITIVE_INFINITY);
  const begun = plan.purchases.map(async ({ at, learner }, n) => {
    const [purchase, shopper] = [purchases[n], shoppers[learner]];
    await wait(Math.max(0, at - timeline.now));
    if (!purchase || !shopper) return;
    await shopper.buy(purchase, deadline);
  });
  const progress = new Repeating(
    5_000,
    async () => timeline.note(await progressOf(purchases, inspector)),
    () => undefined,
  );
  progress.start();
  try {
    const [drained] = await Promise.all([
      adversary.carryOut(plan).then(async () => {
        timeline.note('the last victim is up again');
        const since = adversary.healedAt;
        const at = await inspector.drainedAt(since, since + quietWithinMs);
        return at === undefined ? undefined : at - since;
      }),
      sabotage ? adversary.loseMessages('enrollment') : undefined,
      ...begun,
    ]);
    const doneMs = timeline.now - adversary.healedAt;
    timeline.note('all clients have come to an end');
    const isQuiet = await inspector.quiet(timeline.now + quietWithinMs + plan.leaseMs);
    timeline.note(isQuiet ? 'nothing waits any more' : 'something still waits');
    const quietMs = timeline.now - adversary.healedAt;
    await wait(plan.settleMs); // for each instance to count once more
    const facts = await inspector.facts(shoppers, () => timeline.now + 20_000);
    const { mails } = facts;
    return {
      verdicts: judge(
        { purchases, drainMs: drained, repeatedMails: mailsInDoubt(plan), failed: adversary.failed },
        facts,
      ),
      purchases,
      notDone: adversary.notDone,
      faults: adversary.done,
      loadMs: timeline.now,
      doneMs,
      quietMs,
      mailsTwice: mails.length - new Set(mails.map(({ deliveryId }) => deliveryId)).size,
    };
  } finally {
    await progress.stop();
  }
}

/** A kill of notify between the provider's answer and the note of it has the mail sent again. */
const mailsInDoubt = ({ faults }: Plan): number =>
  faults
    .flatMap(({ fault }) => (fault.kind === 'kill' ? fault.victims : []))
    .filter((victim) => victim.startsWith('notify')).length * mailsUnderWay;

async function author(plan: Plan, { edgeUrl, standIns }: World): Promise<AuthoredCourse[]> {
  const visitor = new Api(edgeUrl);
  const teacher = await join(visitor, standIns.mailbox.url, personOf('teacher', 'INSTRUCTOR'));
  return each(
    Array.from({ length: plan.courses }, (_, n) => n),
    (n) => authorCourse(teacher, draft(n)),
  );
}

async function register(plan: Plan, { edgeUrl, standIns }: World, timeline: Timeline): Promise<Shopper[]> {
  const visitor = new Api(edgeUrl);
  const people = Array.from({ length: plan.learners }, (_, n) => personOf(`learner${n}`, 'STUDENT'));
  return each(people, async (person) => {
    await join(visitor, standIns.mailbox.url, person);
    const shopper = new Shopper(edgeUrl, person, () => timeline.now);
    await shopper.enter();
    return shopper;
  });
}

const draft = (n: number): CourseDraft => ({
  ...freeCourse,
  title: `Tides and currents, part ${n + 1}`,
  price: { amount: 1_999 + 731 * n, currency: n % 3 === 2 ? 'USD' : 'EUR' },
  sections: [
    {
      title: 'All of it',
      lectures: [{ kind: 'article', title: 'High water', content: 'Twice a day.', durationSeconds: 60 }],
    },
  ],
});

const personOf = (name: string, role: Person['role']): Person => ({
  email: `${name}@chaos.example`,
  password,
  firstName: name,
  lastName: 'Chaos',
  role,
});

/** A few at a time: passwords are hashed slowly on purpose. */
async function each<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let at = 0; at < items.length; at += atOnce)
    results.push(...(await Promise.all(items.slice(at, at + atOnce).map(work))));
  return results;
}

async function progressOf(purchases: readonly Purchase[], inspector: Inspector): Promise<string> {
  const begun = purchases.filter(({ reached }) => reached.checkout !== undefined);
  const done = begun.filter(({ stage }) => stage === 'done').length;
  const outbox = await inspector.outbox();
  const hindered = begun.filter(({ stage, lastProblem }) => stage !== 'done' && lastProblem !== undefined);
  const [worst] = [...Map.groupBy(hindered, ({ stage, lastProblem }) => `${stage}: ${lastProblem}`)].sort(
    ([, one], [, other]) => other.length - one.length,
  );
  const mostly = worst ? `, mostly ${worst[0]} (${worst[1].length})` : '';
  const waiting = outbox ? `${outbox.pending} outboxes wait` : 'not all instances answer';
  return `${done} of ${purchases.length} purchases done, ${begun.length - done} under way${mostly}; ${waiting}`;
}

/** Where a purchase got stuck, for a person. */
export function storyOf({ learner, courseId, stage, reached, tries, lastProblem }: Purchase): string {
  const way = Object.entries(reached).map(([name, at]) => `${name} +${(at / 1_000).toFixed(1)} s`);
  return `${learner} ${courseId}: ${way.join(', ')}; ${stage === 'done' ? 'done' : `waits for ${stage}`} after ${tries} more tries${lastProblem ? `, last: ${lastProblem}` : ''}`;
}

/** The faults of a plan, one a line. */
export const faultsOf = ({ faults }: Plan): string[] => faults.map(({ fault }) => wording(fault));
