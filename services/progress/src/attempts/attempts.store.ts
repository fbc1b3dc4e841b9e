import { Injectable } from '@nestjs/common';
import { Aggregates, Database, type Page, type PageRequest } from '@lyceum/store';
import type { Attempt, Taker } from './attempt.js';

export interface QuizCounts {
  readonly quizId: string;
  readonly attempts: number;
  readonly graded: number;
  readonly passed: number;
  /** Of the graded ones; null when there are none. */
  readonly averageScore: number | null;
}

export interface QuestionCounts {
  readonly quizId: string;
  readonly questionId: string;
  readonly graded: number;
  readonly correct: number;
}

@Injectable()
export class AttemptsStore extends Aggregates<Attempt> {
  constructor(database: Database) {
    super(database, {
      collection: 'attempts',
      fields: {
        quizId: { type: String, required: true },
        learnerId: { type: String, required: true },
        courseId: { type: String, required: true },
        number: { type: Number, required: true },
        seed: { type: Number, required: true },
        title: { type: String, required: true },
        passPercent: { type: Number, required: true },
        questions: { type: [Object] },
        startedAt: { type: Date, required: true },
        expiresAt: Date,
        standing: { type: Object, required: true },
      },
      indexes: [
        { keys: { learnerId: 1, quizId: 1, courseId: 1, number: 1 }, unique: true },
        { keys: { courseId: 1, quizId: 1 } },
      ],
    });
  }

  /** The number of the learner's latest attempt, 0 when there is none. */
  async latest({ learnerId, courseId }: Taker, quizId: string): Promise<number> {
    const [latest] = await this.find({ learnerId, quizId, courseId }, { sort: ['-number'], limit: 1 });
    return latest?.number ?? 0;
  }

  ofLearner(learnerId: string, page: PageRequest): Promise<Page<Attempt>> {
    return this.page({ learnerId }, page);
  }

  /** All of a learner's attempts in a course, whatever the quiz. */
  inCourse({ learnerId, courseId }: Taker): Promise<Attempt[]> {
    return this.find({ learnerId, courseId }, { sort: ['id'] });
  }

  /** What came of the attempts in a course, for each quiz that was attempted. */
  async quizzesIn(courseId: string): Promise<QuizCounts[]> {
    const isGraded = { $eq: ['$standing.status', 'graded'] };
    const groups = await this.aggregate<
      { _id: string } & Omit<QuizCounts, 'quizId' | 'averageScore'> & { score: number }
    >([
      { $match: { courseId } },
      {
        $group: {
          _id: '$quizId',
          attempts: { $sum: 1 },
          graded: { $sum: { $cond: [isGraded, 1, 0] } },
          passed: { $sum: { $cond: [{ $eq: ['$standing.passed', true] }, 1, 0] } },
          score: { $sum: { $cond: [isGraded, '$standing.scorePercent', 0] } },
        },
      },
    ]);
    return groups.map(({ _id, score, ...counts }) => ({
      ...counts,
      quizId: _id,
      averageScore: counts.graded === 0 ? null : score / counts.graded,
    }));
  }

  /** How often each question was graded and how often the answer was right. */
  async questionsIn(courseId: string): Promise<QuestionCounts[]> {
    const groups = await this.aggregate<{
      _id: { quizId: string; questionId: string };
      graded: number;
      correct: number;
    }>([
      { $match: { courseId, 'standing.status': 'graded' } },
      { $unwind: '$standing.results' },
      {
        $group: {
          _id: { quizId: '$quizId', questionId: '$standing.results.questionId' },
          graded: { $sum: 1 },
          correct: { $sum: { $cond: ['$standing.results.correct', 1, 0] } },
        },
      },
    ]);
    return groups.map(({ _id, ...counts }) => ({ ..._id, ...counts }));
  }
}
