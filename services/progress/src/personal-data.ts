import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Erased, PersonalData, type Section } from '@lyceum/host';
import { Database, type Erasure, inPages } from '@lyceum/store';
import { type Attempt, questionsOf } from './attempts/attempt.js';
import { AttemptsStore } from './attempts/attempts.store.js';
import { type Certificate, certificateId } from './certificates/certificate.js';
import { viewOf } from './certificates/certificate.view.js';
import { CertificatesService } from './certificates/certificates.service.js';
import { CertificatesStore } from './certificates/certificates.store.js';
import type { Config } from './config.js';
import { type Deeds, formerLearner } from './former-learners/former-learner.js';
import { AnonymityKeys, FormerLearners, type Learnt } from './former-learners/former-learners.store.js';
import { type Learning, type Place, learningId } from './learning/learning.js';
import { LearningStore } from './learning/learning.store.js';
import { Courses } from './projections/courses.js';
import { type Entitlement, Entitlements } from './projections/entitlements.js';
import { Learners } from './projections/learners.js';
import type { Quiz } from './quizzes/quiz.js';
import { QuizzesStore } from './quizzes/quizzes.store.js';

/** What somebody has learnt, what certificates say of it, and the quizzes that somebody has written. */
@Injectable()
export class ProgressPersonalData extends PersonalData {
  constructor(
    private readonly learners: Learners,
    private readonly entitlements: Entitlements,
    private readonly learning: LearningStore,
    private readonly attempts: AttemptsStore,
    private readonly certificates: CertificatesStore,
    private readonly certifying: CertificatesService,
    private readonly quizzes: QuizzesStore,
    private readonly courses: Courses,
    private readonly former: FormerLearners,
    private readonly keys: AnonymityKeys,
    private readonly database: Database,
    @Inject(CONFIG) private readonly config: Config,
  ) {
    super();
  }

  override async *collect(userId: string): AsyncIterable<Section> {
    const learner = await this.learners.get(userId);
    if (learner) yield { name: 'name', title: 'Your name on certificates', records: [{ name: learner.name }] };
    for await (const items of inPages((page) => this.entitlements.ofLearner(userId, page)))
      yield { name: 'courses-you-have', title: 'Courses that you have or had', records: items.map(entitlementOf) };
    for await (const items of inPages((page) => this.learning.ofLearner(userId, page)))
      yield { name: 'learning', title: 'What you have done in your courses', records: items.map(learningOf) };
    for await (const items of inPages((page) => this.attempts.ofLearner(userId, page), 50))
      yield { name: 'attempts', title: 'Quizzes that you have taken', records: items.map(attemptOf) };
    for await (const items of inPages((page) => this.certificates.ofLearner(userId, page)))
      yield {
        name: 'certificates',
        title: 'Your certificates',
        records: items.map((each) => this.certificateOf(each)),
      };
    for await (const items of inPages((page) => this.quizzes.ofOwner(userId, page), 50))
      yield {
        name: 'quizzes',
        title: 'Quizzes that you have written',
        records: items.map(quizOf),
      };
    for await (const items of inPages((page) => this.courses.ofInstructor(userId, page)))
      yield {
        name: 'courses-you-teach',
        title: 'Courses that you teach',
        records: items.map(({ id, title, edition, lectures }) => ({ courseId: id, title, edition, lectures })),
      };
  }

  override async erase(userId: string, { erasedAt }: Erasure): Promise<Erased> {
    const person = await this.database.erased.get(userId);
    const learnt = await this.eraseLearning(userId, erasedAt, person?.passes === 0);
    const named = await this.learners.get(userId);
    await this.learners.erase(userId);
    const { gone, needed } = await this.eraseQuizzes(userId);
    const { items: taught } = await this.courses.ofInstructor(userId, { limit: 1 });
    // nothing leads back to what is kept without a name: that it is there is known from the first time only
    const before = (person?.kept ?? []).filter(({ what }) =>
      [keptNumbers, keptCodes].some((each) => each.what === what),
    );
    return {
      erased: [
        { what: 'names on certificates to come', count: named ? 1 : 0 },
        { what: 'courses of which something was learnt', count: learnt.courses },
        { what: 'attempts at quizzes, with their answers', count: learnt.attempts },
        { what: 'names on certificates', count: learnt.certificates },
        { what: 'quizzes that no published course contains', count: gone },
      ],
      kept: [
        ...before,
        ...(learnt.courses > 0 ? [keptNumbers] : []),
        ...(learnt.certificates > 0 ? [keptCodes] : []),
        ...(needed > 0 ? [keptQuizzes] : []),
        ...(taught.length > 0 ? [keptOutlines] : []),
      ],
    };
  }

  /**
   * The numbers of each course are noted first, then what they are made from goes. What a later pass finds was done while the account
   * was ending: its course was counted then, or counts for nothing.
   */
  private async eraseLearning(userId: string, erasedAt: Date, first: boolean): Promise<Learnt> {
    const places = await this.placesOf(userId);
    const all = await Promise.all(places.map((courseId) => this.deedsIn({ learnerId: userId, courseId })));
    const found = {
      courses: places.length,
      attempts: all.reduce((sum, { attempts }) => sum + attempts.length, 0),
      certificates: all.filter(({ certificate }) => certificate).length,
    };
    if (!first) {
      for (const deeds of all) await this.eraseDeeds(deeds, erasedAt);
      return found;
    }
    const { learnt, nameless } = await this.keys.of(userId, found);
    for (const deeds of all) {
      await this.former.insertOnce(formerLearner(nameless(deeds.courseId), deeds.courseId, deeds));
      await this.eraseDeeds(deeds, erasedAt);
    }
    await this.keys.remove(userId);
    return learnt;
  }

  private async deedsIn(place: Place): Promise<Deeds & Place> {
    const [entitlement, learning, attempts, certificate] = await Promise.all([
      this.entitlements.of(place),
      this.learning.get(learningId(place)),
      this.attempts.inCourse(place),
      this.certificates.get(certificateId(place)),
    ]);
    return { ...place, entitlement, learning, attempts, certificate };
  }

  private async eraseDeeds({ entitlement, learning, attempts, certificate }: Deeds, erasedAt: Date): Promise<void> {
    if (certificate) await this.certifying.withdraw(certificate, erasedAt);
    for (const { id } of attempts) await this.attempts.remove(id);
    if (learning) await this.learning.remove(learning.id);
    if (entitlement) await this.entitlements.erase(entitlement.id);
  }

  /** Every course in which there is something about the learner. */
  private async placesOf(userId: string): Promise<string[]> {
    const courseIds = new Set<string>();
    const lists = [this.entitlements, this.learning, this.attempts, this.certificates];
    for (const list of lists)
      for await (const items of inPages<{ courseId: string }>((page) => list.ofLearner(userId, page)))
        for (const { courseId } of items) courseIds.add(courseId);
    return [...courseIds];
  }

  private async eraseQuizzes(userId: string): Promise<{ gone: number; needed: number }> {
    const count = { gone: 0, needed: 0 };
    for await (const items of inPages((page) => this.quizzes.ofOwner(userId, page)))
      for (const { id } of items) {
        const isNeeded = (await this.courses.withQuiz(id)).length > 0;
        if (!isNeeded) await this.quizzes.remove(id);
        count[isNeeded ? 'needed' : 'gone'] += 1;
      }
    return count;
  }

  private certificateOf(certificate: Certificate): Record<string, unknown> {
    const { standing } = certificate;
    const revocation = standing.status === 'revoked' ? { revokedAt: standing.at, reason: standing.reason } : {};
    return { ...viewOf(certificate, this.config.PUBLIC_URL), ...revocation };
  }
}

const keptNumbers = {
  what: 'numbers of the courses that you learnt: begun, completed, lectures and quizzes passed',
  why: 'instructors see how many learners get how far; they hold no name, no date and no answer, and nobody can tell whose they are',
};
const keptCodes = {
  what: 'codes of your certificates, with course and date, without a name',
  why: 'so that a certificate on paper is not taken for a forgery: whoever looks it up reads that it was withdrawn',
};
const keptQuizzes = {
  what: 'quizzes in published courses, under the number of an account that is no more',
  why: 'others learn with these courses and must pass them',
};
const keptOutlines = {
  what: 'outlines of your published courses, under the number of an account that is no more',
  why: 'others learn with these courses',
};

const entitlementOf = ({ courseId, courseTitle, active }: Entitlement) => ({ courseId, courseTitle, active });

function learningOf(learning: Learning): Record<string, unknown> {
  const { courseId, enrolledAt, startedAt, remindedAt, completion } = learning;
  const { lectures, passedQuizzes, positions, lastAccessed } = learning;
  const about = { courseId, enrolledAt, startedAt, remindedAt, completion };
  return { ...about, lectures, passedQuizzes, positions, lastAccessed };
}

function quizOf(quiz: Quiz): Record<string, unknown> {
  const { id, title, passPercent, timeLimitSeconds, maxAttempts, questions, definedAt } = quiz;
  return { quizId: id, title, passPercent, timeLimitSeconds, maxAttempts, questions, definedAt };
}

/** As the learner may see it: what was asked and answered, without the key, which is the instructor's. */
function attemptOf(attempt: Attempt): Record<string, unknown> {
  const { id, quizId, courseId, number, title, passPercent, startedAt, expiresAt, standing } = attempt;
  const about = { attemptId: id, quizId, courseId, number, title, passPercent, startedAt, expiresAt };
  return { ...about, questions: questionsOf(attempt), ...standing };
}
