import {
  type PublishedLecture,
  courseCompleted,
  coursePublished,
  enrollmentActivated,
  enrollmentEnded,
  profileChanged,
  userRegistered,
} from '@lyceum/contracts';
import { type RunningService, start } from '@lyceum/host';
import { createLog } from '@lyceum/telemetry';
import { type BootOptions, type BootedService, type Call, bootService, eventually } from '@lyceum/testing';
import { progress } from '../src/service.js';

type Lecture = Partial<PublishedLecture> & Pick<PublishedLecture, 'lectureId' | 'kind'>;

export const at = '2026-11-20T09:00:00.000Z';
export const grace = { id: 'grace', roles: ['INSTRUCTOR'] as const };

export const quizBody = {
  title: 'Unions',
  passPercent: 60,
  questions: [
    {
      type: 'single',
      prompt: 'What does unknown ask of you?',
      points: 1,
      options: [
        { text: 'Nothing', correct: false },
        { text: 'To narrow it', correct: true },
      ],
    },
    {
      type: 'multiple',
      prompt: 'Which are primitive?',
      points: 2,
      options: [
        { text: 'string', correct: true },
        { text: 'number', correct: true },
        { text: 'Date', correct: false },
      ],
    },
    { type: 'true-false', prompt: 'any is a type', points: 1, correct: true },
    { type: 'short-text', prompt: 'The keyword of a type name?', points: 1, accepted: ['type alias'] },
    { type: 'numeric', prompt: 'Roughly pi', points: 1, value: 3.14, tolerance: 0.01 },
  ],
};

interface Asked {
  questionId: string;
  prompt: string;
  options?: { optionId: string; text: string }[];
}

/** What somebody answers who knows everything, or everything but the questions whose prompt contains `except`. */
export function answersTo(questions: readonly Asked[], except?: string): object[] {
  const rightTexts = new Set(['To narrow it', 'string', 'number']);
  const values: Record<string, unknown> = { any: true, The: '  TYPE   Alias ', Roughly: 3.145 };
  return questions
    .filter(({ prompt }) => except === undefined || !prompt.includes(except))
    .map(({ questionId, prompt, options }) =>
      options
        ? { questionId, optionIds: options.filter(({ text }) => rightTexts.has(text)).map(({ optionId }) => optionId) }
        : { questionId, value: values[prompt.split(' ')[0] ?? ''] },
    );
}

/** The service with the facts that other services would tell it. */
export class World {
  private count = 0;
  private versions = 1;

  private constructor(readonly booted: BootedService) {}

  static async start(options?: BootOptions): Promise<World> {
    return new World(await bootService(progress, options));
  }

  call(method: string, path: string, call?: Call) {
    return this.booted.call(method, path, call);
  }

  async publish(
    courseId: string,
    lectures: readonly Lecture[],
    { edition = 1, instructorId = 'grace' }: { edition?: number; instructorId?: string } = {},
  ): Promise<void> {
    const whole = lectures.map((lecture) => ({ title: `About ${lecture.lectureId}`, durationSeconds: 60, ...lecture }));
    const course = {
      courseId,
      edition,
      slug: courseId,
      title: `About ${courseId}`,
      summary: '',
      instructorId,
      price: { amount: 0, currency: 'EUR' },
      category: 'programming',
      difficulty: 'beginner' as const,
      language: 'en',
      tags: [],
      thumbnailMediaId: 'm1',
      sections: [{ sectionId: 's1', title: 'Begin', lectures: whole }],
      publishedAt: at,
    };
    await this.booted.deliver(coursePublished, course, { subject: courseId, version: edition });
  }

  /** Somebody new who has the courses. */
  async learner(courses: readonly string[], name: [string, string] = ['Ada', 'Byron']): Promise<{ id: string }> {
    const id = `learner-${(this.count += 1)}`;
    await this.booted.deliver(userRegistered, {
      userId: id,
      email: `${id}@example.com`,
      firstName: name[0],
      lastName: name[1],
      roles: ['STUDENT'],
      registeredAt: at,
    });
    for (const courseId of courses) await this.enrol(id, courseId);
    return { id };
  }

  rename(userId: string, [firstName, lastName]: [string, string], version: number): Promise<void> {
    const about = { userId, firstName, lastName, roles: ['STUDENT' as const], changedAt: at };
    return this.booted.deliver(profileChanged, about, { id: `name-${userId}-${version}`, version });
  }

  enrol(learnerId: string, courseId: string, version = (this.versions += 1)): Promise<void> {
    return this.booted.deliver(
      enrollmentActivated,
      { ...enrolment(learnerId, courseId), grant: { kind: 'free', id: 'g' }, activatedAt: at },
      { version },
    );
  }

  endEnrolment(learnerId: string, courseId: string, version = (this.versions += 1)): Promise<void> {
    return this.booted.deliver(
      enrollmentEnded,
      { ...enrolment(learnerId, courseId), reason: 'refunded', endedAt: at },
      { version },
    );
  }

  complete(as: { id: string }, courseId: string, lectureId: string) {
    return this.call('POST', `/progress/${courseId}/lectures/${lectureId}/completion`, { as });
  }

  /** A second instance of the service beside the first, on the same data and bus. */
  secondInstance(): Promise<RunningService> {
    const log = createLog({ service: 'progress', level: 'silent', format: 'json' });
    return start(progress, { env: this.booted.env, bus: this.booted.bus, log, processMetrics: false });
  }

  /** The certificate that a learner has got, as the list shows it. */
  certificateOf(as: { id: string }): Promise<{ certificateId: string; code: string }> {
    return eventually(async () => {
      const { body } = await this.call('GET', '/certificates', { as });
      const [certificate] = (body as { items: { certificateId: string; code: string }[] }).items;
      if (!certificate) throw new Error(`${as.id} has no certificate`);
      return certificate;
    });
  }

  told(type: string, learnerId: string) {
    return this.booted.bus.ofType(type).filter(({ data }) => (data as { learnerId?: string }).learnerId === learnerId);
  }

  tellCompletedAgain(learnerId: string, courseId: string): Promise<void> {
    return this.booted.deliver(courseCompleted, { learnerId, courseId, courseTitle: 'Again', completedAt: at });
  }

  close(): Promise<void> {
    return this.booted.close();
  }
}

const enrolment = (learnerId: string, courseId: string) => ({
  enrollmentId: `${learnerId}:${courseId}`,
  learnerId,
  courseId,
  courseTitle: `About ${courseId}`,
});
