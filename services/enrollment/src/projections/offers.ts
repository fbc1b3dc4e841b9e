import { Injectable } from '@nestjs/common';
import { type EventOf, courseArchived, coursePublished } from '@lyceum/contracts';
import { Database, Projection, from } from '@lyceum/store';
import type { Offer } from '../enrollments/enrollment.js';

export interface OfferedCourse extends Offer {
  readonly id: string;
}

/** What catalog offers now: title, price and teacher of each published course. */
@Injectable()
export class Offers extends Projection<OfferedCourse> {
  readonly feeds = [
    from(coursePublished, (event) => this.published(event)),
    from(courseArchived, (event) => this.archived(event)),
  ];

  constructor(database: Database) {
    super(database, {
      collection: 'offers',
      fields: { title: String, price: { amount: Number, currency: String }, instructorId: String },
      indexes: [],
    });
  }

  published({ data, aggregateversion }: EventOf<typeof coursePublished>): Promise<unknown> {
    const { courseId: id, title, price, instructorId } = data;
    return this.put(aggregateversion, { id, title, price, instructorId });
  }

  archived({ data, aggregateversion }: EventOf<typeof courseArchived>): Promise<unknown> {
    return this.remove(data.courseId, aggregateversion);
  }
}
