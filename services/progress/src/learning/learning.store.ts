import { Injectable } from '@nestjs/common';
import { Aggregates, Database, type Page, type PageRequest, where } from '@lyceum/store';
import type { Learning } from './learning.js';

export interface CourseLearners {
  readonly courseId: string;
  readonly started: number;
  readonly completed: number;
}

export interface LectureCount {
  readonly courseId: string;
  readonly lectureId: string;
  readonly completed: number;
}

@Injectable()
export class LearningStore extends Aggregates<Learning> {
  constructor(database: Database) {
    super(database, {
      collection: 'learning',
      fields: {
        learnerId: { type: String, required: true },
        courseId: { type: String, required: true },
        startedAt: Date,
        enrolledAt: Date,
        remindedAt: Date,
        lectures: [{ _id: false, lectureId: String, at: Date, edition: Number }],
        passedQuizzes: [{ _id: false, quizId: String, at: Date }],
        positions: [{ _id: false, lectureId: String, seconds: Number }],
        lastAccessed: { type: Object },
        completion: { status: { type: String, required: true }, at: Date, edition: Number },
      },
      indexes: [{ keys: { courseId: 1, 'completion.status': 1, _id: 1 } }, { keys: { learnerId: 1, _id: 1 } }],
    });
  }

  ofLearner(learnerId: string, page: PageRequest): Promise<Page<Learning>> {
    return this.page({ learnerId }, page);
  }

  /**
   * Learners for whom an edition may change something: who has not completed the course but all of these lectures (it may have
   * dropped what they lacked), and who has passed one of its quizzes, perhaps before the edition was heard of.
   */
  concernedBy(courseId: string, lectureIds: readonly string[], quizIds: readonly string[]): Promise<Learning[]> {
    return this.find({
      courseId,
      $or: [
        { 'completion.status': 'in progress', 'lectures.lectureId': where({ $all: [...lectureIds] }) },
        { 'passedQuizzes.quizId': where({ $in: [...quizIds] }) },
      ],
    });
  }

  /** How many have begun and completed each of the courses; one without learners is left out. */
  async learnersOf(courseIds: readonly string[]): Promise<CourseLearners[]> {
    const groups = await this.aggregate<{ _id: string; started: number; completed: number }>([
      { $match: { courseId: { $in: [...courseIds] }, startedAt: { $exists: true } } },
      {
        $group: {
          _id: '$courseId',
          started: { $sum: 1 },
          completed: { $sum: { $cond: [{ $eq: ['$completion.status', 'completed'] }, 1, 0] } },
        },
      },
    ]);
    return groups.map(({ _id, ...counts }) => ({ courseId: _id, ...counts }));
  }

  /** How many learners have completed each lecture of the courses. */
  async completionsOf(courseIds: readonly string[]): Promise<LectureCount[]> {
    const groups = await this.aggregate<{ _id: { courseId: string; lectureId: string }; completed: number }>([
      { $match: { courseId: { $in: [...courseIds] } } },
      { $unwind: '$lectures' },
      { $group: { _id: { courseId: '$courseId', lectureId: '$lectures.lectureId' }, completed: { $sum: 1 } } },
    ]);
    return groups.map(({ _id, completed }) => ({ ..._id, completed }));
  }
}
