import { Injectable } from '@nestjs/common';
import { Aggregates, Database, type Page, type PageRequest, where } from '@lyceum/store';
import type { Enrollment } from './enrollment.js';

@Injectable()
export class EnrollmentsStore extends Aggregates<Enrollment> {
  constructor(database: Database) {
    super(database, {
      collection: 'enrollments',
      fields: {
        learnerId: { type: String, required: true },
        courseId: { type: String, required: true },
        courseTitle: { type: String },
        standing: { status: { type: String, required: true }, since: Date, expiresAt: Date, at: Date, reason: String },
        grants: [{ _id: false, kind: { type: String }, id: String, since: Date }],
        ended: [{ _id: false, id: String, reason: String, endedAt: Date }],
        reservations: [{ _id: false, paymentId: String, expiresAt: Date }],
        lapsed: { type: [String], default: undefined },
      },
      indexes: [{ keys: { learnerId: 1, _id: 1 } }],
    });
  }

  /** Those of which nothing came: a pay page was open, and nothing more. */
  async neverActive(learnerId: string): Promise<string[]> {
    const none = where({ $size: 0 });
    return (await this.find({ learnerId, grants: none, ended: none })).map(({ id }) => id);
  }

  /** A learner's enrolments, newest course id last. */
  ofLearner(learnerId: string, page: PageRequest): Promise<Page<Enrollment>> {
    return this.page({ learnerId }, page);
  }
}
