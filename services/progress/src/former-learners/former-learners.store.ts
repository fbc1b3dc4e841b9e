import { createHmac, randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Database, Records } from '@lyceum/store';
import type { QuestionCounts, QuizCounts } from '../attempts/attempts.store.js';
import type { CourseLearners, LectureCount } from '../learning/learning.store.js';
import type { FormerLearner } from './former-learner.js';

export interface FormerCounts extends CourseLearners {
  readonly enrolled: number;
  readonly certificates: number;
}

/** What people who were erased add to the numbers of courses. */
@Injectable()
export class FormerLearners extends Records<FormerLearner> {
  constructor(database: Database) {
    super(database, {
      collection: 'former_learners',
      fields: {
        courseId: { type: String, required: true },
        enrolled: Boolean,
        started: Boolean,
        completed: Boolean,
        certified: Boolean,
        lectureIds: [String],
        attempts: { type: [Object] },
      },
      indexes: [{ keys: { courseId: 1 } }],
    });
  }

  /** How many there were in each of the courses; one without any is left out. */
  async countsOf(courseIds: readonly string[]): Promise<FormerCounts[]> {
    const countOf = (field: string) => ({ $sum: { $cond: [`$${field}`, 1, 0] } });
    const groups = await this.aggregate<{ _id: string } & Omit<FormerCounts, 'courseId'>>([
      { $match: { courseId: { $in: [...courseIds] } } },
      {
        $group: {
          _id: '$courseId',
          enrolled: countOf('enrolled'),
          started: countOf('started'),
          completed: countOf('completed'),
          certificates: countOf('certified'),
        },
      },
    ]);
    return groups.map(({ _id, ...counts }) => ({ courseId: _id, ...counts }));
  }

  /** How many of them had completed each lecture of the courses. */
  async completionsOf(courseIds: readonly string[]): Promise<LectureCount[]> {
    const groups = await this.aggregate<{ _id: { courseId: string; lectureId: string }; completed: number }>([
      { $match: { courseId: { $in: [...courseIds] } } },
      { $unwind: '$lectureIds' },
      { $group: { _id: { courseId: '$courseId', lectureId: '$lectureIds' }, completed: { $sum: 1 } } },
    ]);
    return groups.map(({ _id, completed }) => ({ ..._id, completed }));
  }

  /** What came of their attempts in a course. */
  async quizzesIn(courseId: string): Promise<QuizCounts[]> {
    const groups = await this.aggregate<
      { _id: string } & Omit<QuizCounts, 'quizId' | 'averageScore'> & { score: number }
    >([
      { $match: { courseId } },
      { $unwind: '$attempts' },
      {
        $group: {
          _id: '$attempts.quizId',
          attempts: { $sum: 1 },
          graded: { $sum: { $cond: ['$attempts.graded', 1, 0] } },
          passed: { $sum: { $cond: ['$attempts.passed', 1, 0] } },
          score: { $sum: '$attempts.scorePercent' },
        },
      },
    ]);
    return groups.map(({ _id, score, ...counts }) => ({
      ...counts,
      quizId: _id,
      averageScore: counts.graded === 0 ? null : score / counts.graded,
    }));
  }

  async questionsIn(courseId: string): Promise<QuestionCounts[]> {
    const groups = await this.aggregate<{
      _id: { quizId: string; questionId: string };
      graded: number;
      correct: number;
    }>([
      { $match: { courseId } },
      { $unwind: '$attempts' },
      { $unwind: '$attempts.results' },
      {
        $group: {
          _id: { quizId: '$attempts.quizId', questionId: '$attempts.results.questionId' },
          graded: { $sum: 1 },
          correct: { $sum: { $cond: ['$attempts.results.correct', 1, 0] } },
        },
      },
    ]);
    return groups.map(({ _id, ...counts }) => ({ ..._id, ...counts }));
  }
}

/** How much there was about somebody before anything of it was erased. */
export interface Learnt {
  readonly courses: number;
  readonly attempts: number;
  readonly certificates: number;
}

interface AnonymityKey extends Learnt {
  /** The person. */
  readonly id: string;
  readonly key: string;
}

/**
 * A key for each erasure under way. Ids that are made with it are the same after a crash, so that nobody is counted twice; once it is
 * thrown away, nothing leads from such an id back to a person.
 */
@Injectable()
export class AnonymityKeys extends Records<AnonymityKey> {
  constructor(database: Database) {
    super(database, {
      collection: 'anonymity_keys',
      fields: { key: { type: String, required: true }, courses: Number, attempts: Number, certificates: Number },
      indexes: [],
    });
  }

  /** What makes nameless ids of whatever belongs to this person; and how much there was when that began, `learnt` the first time. */
  async of(personId: string, learnt: Learnt): Promise<{ learnt: Learnt; nameless: (text: string) => string }> {
    await this.insertOnce({ id: personId, key: randomBytes(32).toString('base64url'), ...learnt });
    const kept = await this.get(personId);
    if (!kept) throw new Error(`The erasure of ${personId} has just been finished elsewhere`);
    const { key, courses, attempts, certificates } = kept;
    return {
      learnt: { courses, attempts, certificates },
      nameless: (text) => createHmac('sha256', key).update(text).digest('base64url'),
    };
  }
}
