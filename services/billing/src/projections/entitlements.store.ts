import { type EventOf, enrollmentActivated, enrollmentEnded } from '@lyceum/contracts';
import { Database, Projection, from, where } from '@lyceum/store';
import { Injectable } from '@nestjs/common';

/** Whether a learner has a course, as enrollment says. The id is the enrolment's. */
export interface Entitlement {
  readonly id: string;
  readonly learnerId: string;
  readonly courseId: string;
  /** Absent while it lasts. */
  readonly endedAt?: Date;
}

@Injectable()
export class Entitlements extends Projection<Entitlement> {
  readonly feeds = [
    from(enrollmentActivated, (event) => this.activated(event)),
    from(enrollmentEnded, (event) => this.ended(event)),
  ];

  constructor(database: Database) {
    super(database, {
      collection: 'entitlements',
      fields: { learnerId: String, courseId: String, endedAt: Date },
      indexes: [{ keys: { learnerId: 1, courseId: 1 } }],
    });
  }

  activated({ data, aggregateversion }: EventOf<typeof enrollmentActivated>): Promise<unknown> {
    const { enrollmentId: id, learnerId, courseId } = data;
    return this.putAbout(learnerId, aggregateversion, { id, learnerId, courseId });
  }

  ended({ data, aggregateversion }: EventOf<typeof enrollmentEnded>): Promise<unknown> {
    const { enrollmentId: id, learnerId, courseId, endedAt } = data;
    return this.putAbout(learnerId, aggregateversion, { id, learnerId, courseId, endedAt: new Date(endedAt) });
  }

  of(learnerId: string, courseId: string): Promise<Entitlement[]> {
    return this.find({ learnerId, courseId });
  }

  eraseLearner(learnerId: string): Promise<number> {
    return this.eraseAll({ learnerId });
  }

  ofLearners(learnerIds: readonly string[]): Promise<Entitlement[]> {
    return this.find({ learnerId: where({ $in: [...learnerIds] }) });
  }
}
