import { Injectable } from '@nestjs/common';
import { Clock } from '@lyceum/kernel';
import type { PageRequest } from '@lyceum/store';
import { AttemptsStore } from '../attempts/attempts.store.js';
import { CertificatesStore } from '../certificates/certificates.store.js';
import { FormerLearners } from '../former-learners/former-learners.store.js';
import { LearningStore, type LectureCount } from '../learning/learning.store.js';
import { type Course, Courses } from '../projections/courses.js';
import { Entitlements } from '../projections/entitlements.js';
import { QuizzesStore } from '../quizzes/quizzes.store.js';
import { refusals } from '../refusals.js';
import type { CourseAnalytics, CourseNumbers, CourseNumbersPage } from './analytics.view.js';
import { averagePercent, countedTogether, rate, sumOf } from './course-numbers.js';

/**
 * Numbers for instructors, counted from what is there: nothing is added up that a repeated event could count twice. People who were
 * erased go on counting, as former learners whom nobody can tell any more.
 */
@Injectable()
export class AnalyticsService {
  constructor(
    private readonly courses: Courses,
    private readonly entitlements: Entitlements,
    private readonly learning: LearningStore,
    private readonly attempts: AttemptsStore,
    private readonly quizzes: QuizzesStore,
    private readonly certificates: CertificatesStore,
    private readonly former: FormerLearners,
    private readonly clock: Clock,
  ) {}

  async ofInstructor(instructorId: string, page: PageRequest): Promise<CourseNumbersPage> {
    const asOf = this.clock.now().toISOString();
    const { items, ...rest } = await this.courses.ofInstructor(instructorId, page);
    const { numbers } = await this.count(items);
    return { items: numbers, ...rest, asOf };
  }

  async ofCourse(courseId: string, caller: { id: string; isAdmin: boolean }): Promise<CourseAnalytics> {
    const asOf = this.clock.now().toISOString();
    const course = await this.courses.get(courseId);
    if (!course) throw refusals.courseNotFound();
    if (course.instructorId !== caller.id && !caller.isAdmin) throw refusals.notYourCourse();
    const [{ numbers, completions }, quizzes] = await Promise.all([this.count([course]), this.quizzesOf(course)]);
    const [ofCourse] = numbers;
    if (!ofCourse) throw refusals.courseNotFound();
    const lectures = course.lectures.map(({ lectureId, title }) => ({
      lectureId,
      title,
      completed: completedIn(completions, courseId, lectureId),
    }));
    return { ...ofCourse, lectures, quizzes, asOf };
  }

  private async count(courses: readonly Course[]): Promise<{ numbers: CourseNumbers[]; completions: LectureCount[] }> {
    const ids = courses.map(({ id }) => id);
    const [entitled, learners, issued, former, present, past] = await Promise.all([
      this.entitlements.countsOf(ids),
      this.learning.learnersOf(ids),
      this.certificates.countsOf(ids),
      this.former.countsOf(ids),
      this.learning.completionsOf(ids),
      this.former.completionsOf(ids),
    ]);
    const completions = [...present, ...past];
    const numbers = courses.map(({ id, title, lectures }) => {
      const here = ({ courseId }: { courseId: string }) => courseId === id;
      const enrolled = sumOf([...entitled, ...former].filter(here), (each) => each.enrolled);
      const begun = [...learners, ...former].filter(here);
      const completed = lectures.map(({ lectureId }) => completedIn(completions, id, lectureId));
      return {
        courseId: id,
        title,
        enrolled,
        active: sumOf(entitled.filter(here), (each) => each.active),
        started: sumOf(begun, (each) => each.started),
        completed: sumOf(begun, (each) => each.completed),
        certificates: sumOf([...issued, ...former].filter(here), (each) => each.certificates),
        averagePercent: averagePercent(completed, enrolled),
      };
    });
    return { numbers, completions };
  }

  /** The quizzes of the edition, and those that were attempted in an earlier one. */
  private async quizzesOf({ id, quizIds }: Course): Promise<CourseAnalytics['quizzes']> {
    const [counts, formerCounts, questions, formerQuestions] = await Promise.all([
      this.attempts.quizzesIn(id),
      this.former.quizzesIn(id),
      this.attempts.questionsIn(id),
      this.former.questionsIn(id),
    ]);
    const quizzes = countedTogether([...counts, ...formerCounts]);
    const all = [...new Set([...quizIds, ...quizzes.map(({ quizId }) => quizId)])];
    const prompts = new Map(
      (await this.quizzes.getAll(all)).flatMap((quiz) =>
        quiz.questions.map(({ questionId, prompt }) => [questionId, prompt]),
      ),
    );
    return all.map((quizId) => {
      const { attempts = 0, passed = 0, averageScore = null } = quizzes.find((each) => each.quizId === quizId) ?? {};
      const ofQuiz = [...questions, ...formerQuestions].filter((each) => each.quizId === quizId);
      const items = [...Map.groupBy(ofQuiz, (each) => each.questionId)].map(([questionId, answers]) => {
        const prompt = prompts.get(questionId);
        const graded = sumOf(answers, (each) => each.graded);
        const correct = sumOf(answers, (each) => each.correct);
        return { questionId, ...(prompt ? { prompt } : {}), answered: graded, correctRate: rate(correct, graded) };
      });
      return {
        quizId,
        attempts,
        passed,
        averageScore: averageScore === null ? null : Math.round(averageScore * 100) / 100,
        items,
      };
    });
  }
}

const completedIn = (counts: readonly LectureCount[], courseId: string, lectureId: string): number =>
  sumOf(
    counts.filter((each) => each.courseId === courseId && each.lectureId === lectureId),
    (each) => each.completed,
  );
