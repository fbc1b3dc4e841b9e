import { Injectable } from '@nestjs/common';
import { type EventOf, coursePublished } from '@lyceum/contracts';
import { Database, type Page, type PageRequest, Projection, from } from '@lyceum/store';
import type { Outline } from '../learning/learning.js';

export interface Course extends Outline {
  readonly id: string;
  readonly instructorId: string;
  readonly quizIds: readonly string[];
}

/** What the current edition of each published course consists of. A course that is archived stays: who has it learns on. */
@Injectable()
export class Courses extends Projection<Course> {
  readonly feeds = [from(coursePublished, (event) => this.published(event))];

  constructor(database: Database) {
    super(database, {
      collection: 'courses',
      fields: {
        title: { type: String, required: true },
        edition: { type: Number, required: true },
        instructorId: { type: String, required: true },
        lectures: [
          {
            _id: false,
            lectureId: String,
            title: String,
            section: String,
            kind: String,
            quizId: String,
            durationSeconds: Number,
          },
        ],
        quizIds: [String],
      },
      indexes: [{ keys: { quizIds: 1 } }, { keys: { instructorId: 1, _id: 1 } }],
    });
  }

  /** False when this edition or a newer one was known. */
  published({ data, aggregateversion }: EventOf<typeof coursePublished>): Promise<boolean> {
    const { courseId: id, title, edition, instructorId, sections } = data;
    const lectures = sections.flatMap((section) =>
      section.lectures.map((lecture) => ({
        lectureId: lecture.lectureId,
        title: lecture.title,
        section: section.title,
        kind: lecture.kind,
        quizId: lecture.quizId,
        durationSeconds: lecture.durationSeconds,
      })),
    );
    const quizIds = [...new Set(lectures.flatMap(({ quizId }) => quizId ?? []))];
    return this.put(aggregateversion, { id, title, edition, instructorId, lectures, quizIds });
  }

  withQuiz(quizId: string): Promise<Course[]> {
    return this.find({ quizIds: quizId });
  }

  ofInstructor(instructorId: string, page: PageRequest): Promise<Page<Course>> {
    return this.page({ instructorId }, page);
  }
}
