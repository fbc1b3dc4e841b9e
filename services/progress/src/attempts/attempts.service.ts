import { randomInt } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG } from '@lyceum/host';
import { Clock, newId } from '@lyceum/kernel';
import { DuplicateKey } from '@lyceum/store';
import type { Config } from '../config.js';
import { Courses } from '../projections/courses.js';
import { Entitlements } from '../projections/entitlements.js';
import type { Answer } from '../quizzes/grading.js';
import { QuizzesStore } from '../quizzes/quizzes.store.js';
import { refusals } from '../refusals.js';
import { type Attempt, type Taker, begin, ofLearner, submit } from './attempt.js';
import { AttemptsStore } from './attempts.store.js';

@Injectable()
export class AttemptsService {
  readonly graceMs: number;

  constructor(
    private readonly attempts: AttemptsStore,
    private readonly quizzes: QuizzesStore,
    private readonly courses: Courses,
    private readonly entitlements: Entitlements,
    private readonly clock: Clock,
    @Inject(CONFIG) config: Config,
  ) {
    this.graceMs = config.QUIZ_GRACE_SECONDS * 1_000;
  }

  /** @param courseId which of the learner's courses it counts for; needed when several contain the quiz */
  async begin(learnerId: string, quizId: string, courseId?: string): Promise<Attempt> {
    const quiz = await this.quizzes.get(quizId);
    if (!quiz) throw refusals.quizNotFound();
    const taker = { learnerId, courseId: await this.courseFor(learnerId, quizId, courseId) };
    for (;;) {
      const attempt = await this.tryToBegin(quiz, taker);
      if (attempt) return attempt;
    }
  }

  async submit(id: string, learnerId: string, answers: readonly Answer[]): Promise<Attempt> {
    const { courseId, standing } = await this.own(id, learnerId);
    if (standing.status === 'open' && !(await this.entitlements.includes(learnerId, courseId)))
      throw refusals.notEntitled();
    return this.attempts.change(id, (current) => submit(current, learnerId, answers, this.clock.now(), this.graceMs));
  }

  async own(id: string, learnerId: string): Promise<Attempt> {
    return ofLearner(await this.attempts.get(id), learnerId);
  }

  /** Undefined when another request of the learner has taken the number: then that attempt counts too. */
  private async tryToBegin(quiz: Parameters<typeof begin>[0], taker: Taker): Promise<Attempt | undefined> {
    const number = (await this.attempts.latest(taker, quiz.id)) + 1;
    const chosen = { id: newId(), number, seed: randomInt(2 ** 32) };
    try {
      return await this.attempts.change(chosen.id, () => begin(quiz, taker, chosen, this.clock.now()));
    } catch (error) {
      if (error instanceof DuplicateKey) return undefined;
      throw error;
    }
  }

  private async courseFor(learnerId: string, quizId: string, wanted: string | undefined): Promise<string> {
    const containing = (await this.courses.withQuiz(quizId)).map(({ id }) => id);
    const mine = await this.entitlements.among(learnerId, containing);
    const choice = wanted === undefined ? mine : mine.filter((each) => each === wanted);
    const [courseId, ...others] = choice;
    if (courseId === undefined) throw refusals.notEntitled();
    if (others.length > 0) throw refusals.whichCourse(undefined, { courseIds: choice });
    return courseId;
  }
}
