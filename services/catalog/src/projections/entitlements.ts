import { Injectable } from '@nestjs/common';
import { type EventOf, enrollmentActivated, enrollmentEnded } from '@lyceum/contracts';
import { Database, type Page, type PageRequest, Projection, from } from '@lyceum/store';

interface Entitlement {
  /** The enrolment. */
  readonly id: string;
  readonly learnerId: string;
  readonly courseId: string;
  readonly active: boolean;
}

/** Who may read which course: enrollment decides, we remember. */
@Injectable()
export class Entitlements extends Projection<Entitlement> {
  readonly feeds = [
    from(enrollmentActivated, (event) => this.began(event)),
    from(enrollmentEnded, (event) => this.ended(event)),
  ];

  constructor(database: Database) {
    super(database, {
      collection: 'entitlements',
      fields: {
        learnerId: { type: String, required: true },
        courseId: { type: String, required: true },
        active: { type: Boolean, required: true },
      },
      indexes: [{ keys: { learnerId: 1, courseId: 1 } }],
    });
  }

  began(event: EventOf<typeof enrollmentActivated>): Promise<boolean> {
    return this.tell(event, true);
  }

  ended(event: EventOf<typeof enrollmentEnded>): Promise<boolean> {
    return this.tell(event, false);
  }

  ofLearner(learnerId: string, page: PageRequest): Promise<Page<Entitlement>> {
    return this.page({ learnerId }, page);
  }

  eraseLearner(learnerId: string): Promise<number> {
    return this.eraseAll({ learnerId });
  }

  async includes(learnerId: string, courseId: string): Promise<boolean> {
    return (await this.findOne({ learnerId, courseId, active: true })) !== undefined;
  }

  private tell(
    { aggregateversion, data }: EventOf<typeof enrollmentActivated> | EventOf<typeof enrollmentEnded>,
    active: boolean,
  ): Promise<boolean> {
    const { enrollmentId, learnerId, courseId } = data;
    return this.putAbout(learnerId, aggregateversion, { id: enrollmentId, learnerId, courseId, active });
  }
}
