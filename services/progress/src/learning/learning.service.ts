import { Injectable } from '@nestjs/common';
import type {
  EventOf,
  beginningOverdue,
  coursePublished,
  enrollmentActivated,
  enrollmentEnded,
  quizPassed,
} from '@lyceum/contracts';
import { Clock } from '@lyceum/kernel';
import { Database, type Page, type PageRequest } from '@lyceum/store';
import { type Course, Courses } from '../projections/courses.js';
import { type Entitlement, Entitlements } from '../projections/entitlements.js';
import { refusals } from '../refusals.js';
import {
  type Learning,
  type Place,
  type Position,
  awaitBeginning,
  completeLecture,
  learningId,
  moveTo,
  passQuiz,
  reconsider,
  remind,
  stopAwaiting,
} from './learning.js';
import { LearningStore } from './learning.store.js';

/** A course of a learner, with what was done of it. */
export interface Standing {
  readonly course: Course;
  /** Undefined until the learner has begun. */
  readonly learning: Learning | undefined;
}

@Injectable()
export class LearningService {
  constructor(
    private readonly store: LearningStore,
    private readonly courses: Courses,
    private readonly entitlements: Entitlements,
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  async enrolled(event: EventOf<typeof enrollmentActivated>): Promise<void> {
    await this.entitlements.began(event);
    const { learnerId, courseId, courseTitle, activatedAt } = event.data;
    if (await this.database.erased.has(learnerId)) return;
    const place = { learnerId, courseId };
    const lasts = await this.entitlements.includes(learnerId, courseId); // or its end was heard of first
    const enrolment = { courseTitle, enrolledAt: new Date(activatedAt), lasts };
    await this.store.change(learningId(place), (current) =>
      awaitBeginning(current, place, enrolment, this.clock.now()),
    );
  }

  async enrolmentEnded(event: EventOf<typeof enrollmentEnded>): Promise<void> {
    await this.entitlements.ended(event);
    const { learnerId, courseId } = event.data;
    if (await this.entitlements.includes(learnerId, courseId)) return; // there is a newer enrolment
    const found = await this.store.get(learningId({ learnerId, courseId }));
    if (found) await this.store.change(found.id, (current) => stopAwaiting(current ?? found));
  }

  async remind({ courseTitle, ...place }: EventOf<typeof beginningOverdue>['data']): Promise<void> {
    const found = await this.store.get(learningId(place));
    if (!found) return;
    const entitled = await this.entitlements.includes(place.learnerId, place.courseId);
    await this.store.change(found.id, (current) => remind(current ?? found, courseTitle, entitled, this.clock.now()));
  }

  async completeLecture(place: Place, lectureId: string): Promise<Standing> {
    const course = await this.open(place);
    const learning = await this.store.change(learningId(place), (current) =>
      completeLecture(current, place, course, lectureId, this.clock.now()),
    );
    return { course, learning };
  }

  async moveTo(place: Place, position: Position): Promise<Learning> {
    const course = await this.open(place);
    return this.store.change(learningId(place), (current) =>
      moveTo(current, place, course, position, this.clock.now()),
    );
  }

  async passQuiz({ learnerId, courseId, quizId, passedAt }: EventOf<typeof quizPassed>['data']): Promise<void> {
    if (await this.database.erased.has(learnerId)) return;
    const place = { learnerId, courseId };
    const course = await this.courses.get(courseId);
    await this.store.change(learningId(place), (current) =>
      passQuiz(current, place, course, quizId, new Date(passedAt)),
    );
  }

  /** A new edition may lack what learners had not done, or contain a quiz that they have passed. */
  async published(event: EventOf<typeof coursePublished>): Promise<void> {
    await this.courses.published(event);
    const course = await this.courses.get(event.data.courseId);
    if (!course || course.lectures.length === 0) return;
    const lectureIds = course.lectures.map(({ lectureId }) => lectureId);
    const decide = (learning: Learning) => reconsider(learning, course, this.clock.now());
    for (const found of await this.store.concernedBy(course.id, lectureIds, course.quizIds))
      if (decide(found).changed) await this.store.change(found.id, (current) => decide(current ?? found));
  }

  async one(place: Place): Promise<Standing> {
    const course = await this.open(place);
    return { course, learning: await this.store.get(learningId(place)) };
  }

  /** Everything that the learner has or had, in pages, with what was done of it. */
  async all(
    learnerId: string,
    page: PageRequest,
  ): Promise<Page<{ entitlement: Entitlement; course: Course | undefined; learning: Learning | undefined }>> {
    const { items, ...rest } = await this.entitlements.ofLearner(learnerId, page);
    const [courses, learnings] = await Promise.all([
      this.courses.getAll(items.map(({ courseId }) => courseId)),
      this.store.getAll(items.map(({ id }) => id)),
    ]);
    const courseOf = new Map(courses.map((course) => [course.id, course]));
    const learningOf = new Map(learnings.map((learning) => [learning.id, learning]));
    return {
      items: items.map((entitlement) => ({
        entitlement,
        course: courseOf.get(entitlement.courseId),
        learning: learningOf.get(entitlement.id),
      })),
      ...rest,
    };
  }

  private async open({ learnerId, courseId }: Place): Promise<Course> {
    const [entitled, course] = await Promise.all([
      this.entitlements.includes(learnerId, courseId),
      this.courses.get(courseId),
    ]);
    if (!entitled) throw refusals.notEntitled();
    if (!course) throw refusals.courseNotFound();
    return course;
  }
}
