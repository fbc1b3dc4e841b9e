import { type EventOf, courseArchived, coursePublished } from '@lyceum/contracts';
import type { Money } from '@lyceum/kernel';
import { Database, type Page, type PageRequest, Projection, from } from '@lyceum/store';
import { Injectable } from '@nestjs/common';

export interface Offer {
  readonly id: string;
  readonly title: string;
  readonly price: Money;
  readonly instructorId: string;
}

/** What catalog offers and at which price: our copy, so that a price never comes from a client. */
@Injectable()
export class Offers extends Projection<Offer> {
  readonly feeds = [
    from(coursePublished, (event) => this.published(event)),
    from(courseArchived, (event) => this.archived(event)),
  ];

  constructor(database: Database) {
    super(database, {
      collection: 'offers',
      fields: { title: String, price: { amount: Number, currency: String }, instructorId: String },
      indexes: [{ keys: { instructorId: 1, _id: 1 } }],
    });
  }

  published({ data, aggregateversion }: EventOf<typeof coursePublished>): Promise<unknown> {
    const { courseId: id, title, price, instructorId } = data;
    return this.put(aggregateversion, { id, title, price, instructorId });
  }

  ofInstructor(instructorId: string, page: PageRequest): Promise<Page<Offer>> {
    return this.page({ instructorId }, page);
  }

  archived({ data, aggregateversion }: EventOf<typeof courseArchived>): Promise<unknown> {
    return this.remove(data.courseId, aggregateversion);
  }
}
