import { Injectable } from '@nestjs/common';
import { type EventOf, enrollmentActivated, enrollmentEnded } from '@lyceum/contracts';
import type { Place } from '../learning/learning.js';
import { Database, type Page, type PageRequest, Projection, from, where } from '@lyceum/store';

export interface Entitlement {
  /** `learner:course` */
  readonly id: string;
  readonly learnerId: string;
  readonly courseId: string;
  readonly courseTitle: string;
  /** False when it has ended. */
  readonly active: boolean;
}

export interface EnrolledCount {
  readonly courseId: string;
  /** Ever. */
  readonly enrolled: number;
  readonly active: number;
}

/** Who has, or once had, which course: enrollment decides, we remember. */
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
        courseTitle: { type: String },
        active: { type: Boolean, required: true },
      },
      indexes: [{ keys: { learnerId: 1, _id: 1 } }, { keys: { courseId: 1, active: 1 } }],
    });
  }

  began(event: EventOf<typeof enrollmentActivated>): Promise<boolean> {
    return this.tell(event, true);
  }

  ended(event: EventOf<typeof enrollmentEnded>): Promise<boolean> {
    return this.tell(event, false);
  }

  async includes(learnerId: string, courseId: string): Promise<boolean> {
    return (await this.of({ learnerId, courseId }))?.active ?? false;
  }

  /** Those of the courses that the learner has now. */
  async among(learnerId: string, courseIds: readonly string[]): Promise<string[]> {
    const found = await this.find({ learnerId, active: true, courseId: where({ $in: [...courseIds] }) });
    return found.map(({ courseId }) => courseId);
  }

  of({ learnerId, courseId }: Place): Promise<Entitlement | undefined> {
    return this.get(`${learnerId}:${courseId}`);
  }

  ofLearner(learnerId: string, page: PageRequest): Promise<Page<Entitlement>> {
    return this.page({ learnerId }, page);
  }

  /** How many learners each of the courses has had; one without any is left out. */
  async countsOf(courseIds: readonly string[]): Promise<EnrolledCount[]> {
    const groups = await this.aggregate<{ _id: string; enrolled: number; active: number }>([
      { $match: { courseId: { $in: [...courseIds] }, removedBy: { $exists: false }, erased: { $exists: false } } },
      {
        $group: {
          _id: '$courseId',
          enrolled: { $sum: 1 },
          active: { $sum: { $cond: ['$active', 1, 0] } },
        },
      },
    ]);
    return groups.map(({ _id, ...counts }) => ({ courseId: _id, ...counts }));
  }

  private tell(
    { aggregateversion, data }: EventOf<typeof enrollmentActivated> | EventOf<typeof enrollmentEnded>,
    active: boolean,
  ): Promise<boolean> {
    const { learnerId, courseId, courseTitle } = data;
    const row = { id: `${learnerId}:${courseId}`, learnerId, courseId, courseTitle, active };
    return this.putAbout(learnerId, aggregateversion, row);
  }
}
