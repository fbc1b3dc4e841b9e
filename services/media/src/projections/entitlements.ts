import { Injectable } from '@nestjs/common';
import { type EventOf, enrollmentActivated, enrollmentEnded } from '@lyceum/contracts';
import { Database, type Page, type PageRequest, Projection, from, where } from '@lyceum/store';

interface Entitlement {
  readonly id: string;
  readonly learnerId: string;
  readonly courseId: string;
  readonly active: boolean;
}

/** Who is enrolled in what. */
@Injectable()
export class Entitlements extends Projection<Entitlement> {
  readonly feeds = [
    from(enrollmentActivated, (event) => this.begun(event)),
    from(enrollmentEnded, (event) => this.ended(event)),
  ];

  constructor(database: Database) {
    super(database, {
      collection: 'entitlements',
      fields: { learnerId: String, courseId: String, active: Boolean },
      indexes: [{ keys: { learnerId: 1, courseId: 1 } }, { keys: { courseId: 1, active: 1 } }],
    });
  }

  begun({ data, aggregateversion }: EventOf<typeof enrollmentActivated>): Promise<unknown> {
    const { enrollmentId: id, learnerId, courseId } = data;
    return this.putAbout(learnerId, aggregateversion, { id, learnerId, courseId, active: true });
  }

  ended({ data, aggregateversion }: EventOf<typeof enrollmentEnded>): Promise<unknown> {
    const { enrollmentId: id, learnerId, courseId } = data;
    return this.putAbout(learnerId, aggregateversion, { id, learnerId, courseId, active: false });
  }

  ofLearner(learnerId: string, page: PageRequest): Promise<Page<Entitlement>> {
    return this.page({ learnerId }, page);
  }

  eraseLearner(learnerId: string): Promise<number> {
    return this.eraseAll({ learnerId });
  }

  /** Whether anybody is enrolled in one of the courses. */
  async areIn(courseIds: readonly string[]): Promise<boolean> {
    return (await this.findOne({ courseId: where({ $in: [...courseIds] }), active: true })) !== undefined;
  }

  async toAny(learnerId: string, courseIds: readonly string[]): Promise<boolean> {
    const rows = await Promise.all(courseIds.map((courseId) => this.findOne({ learnerId, courseId, active: true })));
    return rows.some((row) => row !== undefined);
  }
}
