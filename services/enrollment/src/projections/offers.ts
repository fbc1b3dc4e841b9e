import { Injectable } from '@nestjs/common';
import type { EventOf, courseArchived, coursePublished } from '@lyceum/contracts';
import { Database, Projection } from '@lyceum/store';
import type { Offer } from '../enrollments/enrollment.js';

export interface OfferedCourse extends Offer {
  readonly id: string;
  readonly offered: boolean;
}

/** What catalog offers: title, price and teacher of each published course. */
@Injectable()
export class Offers extends Projection<OfferedCourse> {
  constructor(database: Database) {
    super(database, {
      collection: 'offers',
      fields: {
        title: String,
        price: { amount: Number, currency: String },
        instructorId: String,
        offered: Boolean,
      },
      indexes: [],
    });
  }

  published({ data, aggregateversion }: EventOf<typeof coursePublished>): Promise<unknown> {
    const { courseId: id, title, price, instructorId } = data;
    return this.put(id, aggregateversion, { id, title, price, instructorId, offered: true });
  }

  archived({ data, aggregateversion }: EventOf<typeof courseArchived>): Promise<unknown> {
    return this.patch(data.courseId, 'catalog', aggregateversion, { offered: false });
  }

  /** The course as it is offered now, or undefined. */
  async current(courseId: string): Promise<OfferedCourse | undefined> {
    const course = await this.get(courseId);
    return course?.offered ? course : undefined;
  }
}
