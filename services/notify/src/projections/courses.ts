import { type EventOf, coursePublished } from '@lyceum/contracts';
import { Database, Projection, from } from '@lyceum/store';
import { Injectable } from '@nestjs/common';

export interface TaughtCourse {
  readonly id: string;
  readonly title: string;
  readonly instructorId: string;
}

/** Who teaches which course, and what it is called. A course that is no longer offered keeps its learners and its title. */
@Injectable()
export class Courses extends Projection<TaughtCourse> {
  readonly feeds = [from(coursePublished, (event) => this.published(event))];

  constructor(database: Database) {
    super(database, { collection: 'courses', fields: { title: String, instructorId: String }, indexes: [] });
  }

  published({ data, aggregateversion }: EventOf<typeof coursePublished>): Promise<boolean> {
    const { courseId: id, title, instructorId } = data;
    return this.put(aggregateversion, { id, title, instructorId });
  }
}
