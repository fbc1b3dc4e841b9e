import { join } from 'node:path';
import { z } from 'zod';
import { Api } from '../../../deploy/local/src/api.js';
import { assets, upload } from '../../../deploy/local/src/authoring.js';
import { type Fleet, type FleetOptions, startFleet } from '../../../deploy/local/src/fleet.js';
import { type Person, join as joinIn } from '../../../deploy/local/src/people.js';
import { until } from '../../../deploy/local/src/until.js';

/** The fleet with people and courses on it. */
export interface Platform {
  readonly fleet: Fleet;
  /** Published and free; the first one has a dozen lectures. */
  readonly courseIds: readonly string[];
  /** Signed in, with a proven address. */
  readonly learners: readonly Api[];
  readonly urlOf: (name: string) => string;
  /** Put before the names of the services' databases. */
  readonly prefix: string;
  /** A learner and a course that they are not enrolled in. Throws when every learner is enrolled in every course. */
  readonly nextSeat: () => { learner: Api; courseId: string };
  close(): Promise<void>;
}

const COURSES = 40;
const LEARNERS = 32;
// the load comes from one address; what is measured is the counting and not the refusal
const UNLIMITED = { RATE_LIMIT_ADDRESS: '100000000', RATE_LIMIT_ACCOUNT: '100000000', RATE_LIMIT_SIGN_IN: '100000000' };

const root = join(import.meta.dirname, '../../..');
const Id = (name: string) => z.looseObject({ [name]: z.string() });

export async function startPlatform(options: Omit<FleetOptions, 'root' | 'settings'>): Promise<Platform> {
  const { NODE_OPTIONS } = process.env; // for profiles
  const settings = { ...UNLIMITED, ...(NODE_OPTIONS ? { NODE_OPTIONS } : {}) };
  const fleet = await startFleet({ ...options, root, settings });
  try {
    const visitor = new Api(fleet.edgeUrl);
    const mailbox = fleet.standIns.mailbox.url;
    const teacher = await joinIn(visitor, mailbox, person('teacher', 'INSTRUCTOR'));
    const thumbnailMediaId = await upload(teacher, join(assets, 'bread-at-home.png'));
    const courseIds = await several(COURSES, 4, (number) => freeCourse(teacher, thumbnailMediaId, number));
    const learners = await several(LEARNERS, 4, (number) =>
      joinIn(visitor, mailbox, person(`learner${number}`, 'STUDENT')),
    );
    const urlOf = (name: string) => fleet.processes.find((each) => each.name === name)?.url ?? '';
    const nextSeat = seats(learners, courseIds);
    return { fleet, courseIds, learners, urlOf, prefix: `${options.namespace}-`, nextSeat, close: () => fleet.close() };
  } catch (error) {
    await fleet.close();
    throw error;
  }
}

function seats(learners: readonly Api[], courseIds: readonly string[]): Platform['nextSeat'] {
  let next = 0;
  return () => {
    const [learner, courseId] = [learners[next % learners.length], courseIds[Math.floor(next / learners.length)]];
    next += 1;
    if (!learner || !courseId) throw new Error('There are no more seats');
    return { learner, courseId };
  };
}

const person = (name: string, role: Person['role']): Person => ({
  email: `${name}@bench.example`,
  password: 'eleven quiet rivers run',
  firstName: name,
  lastName: 'Bench',
  role,
});

async function freeCourse(teacher: Api, thumbnailMediaId: string, number: number): Promise<string> {
  const about = {
    title: `Course ${number}: how to read a measurement`,
    summary: 'What a number says, what it does not say, and how to find out which.',
    description: 'Numbers are easy to get and hard to trust. '.repeat(20),
    category: 'measuring',
    difficulty: 'beginner',
    language: 'en',
    tags: ['numbers', 'noise'],
    price: { amount: 0, currency: 'EUR' },
    thumbnailMediaId,
  };
  const courseId = await made(teacher, '/courses', about, 'courseId');
  const sections = number === 0 ? ['Noise', 'Ratios', 'Medians'] : ['Noise'];
  for (const title of sections) {
    const sectionId = await made(teacher, `/courses/${courseId}/sections`, { title }, 'sectionId');
    for (const part of number === 0 ? [1, 2, 3, 4] : [1]) {
      const lecture = {
        kind: 'article',
        title: `${title}, part ${part}`,
        content: 'Look twice.',
        durationSeconds: 300,
      };
      await made(teacher, `/courses/${courseId}/sections/${sectionId}/lectures`, lecture, 'lectureId');
    }
  }
  // what was uploaded a moment ago may not have been heard of yet
  await until(() => teacher.post(`/courses/${courseId}/publish`, { expect: 200 }));
  return courseId;
}

async function made(api: Api, path: string, body: object, name: string): Promise<string> {
  const answer = await api.post(path, { body, expect: 201, schema: Id(name) });
  return String(answer[name]);
}

/** `count` times, `width` at once; the results in order. */
async function several<T>(count: number, width: number, make: (number: number) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (let first = 0; first < count; first += width)
    results.push(
      ...(await Promise.all(Array.from({ length: Math.min(width, count - first) }, (_, i) => make(first + i)))),
    );
  return results;
}
