import { nobodysName } from '@lyceum/contracts';
import { Injectable } from '@nestjs/common';
import { Aggregates, Database, type Page, type PageRequest } from '@lyceum/store';
import type { Certificate } from './certificate.js';

@Injectable()
export class CertificatesStore extends Aggregates<Certificate> {
  constructor(database: Database) {
    super(database, {
      collection: 'certificates',
      fields: {
        code: { type: String, required: true },
        learnerId: { type: String, required: true },
        learnerName: { type: String, required: true },
        courseId: { type: String, required: true },
        courseTitle: { type: String, required: true },
        issuedAt: { type: Date, required: true },
        standing: { status: { type: String, required: true }, at: Date, reason: String },
      },
      personal: { owner: 'learnerId', fields: { learnerName: nobodysName } },
      indexes: [
        { keys: { code: 1 }, unique: true },
        { keys: { learnerId: 1, issuedAt: -1, _id: 1 } },
        { keys: { courseId: 1 } },
      ],
    });
  }

  ofLearner(learnerId: string, page: PageRequest): Promise<Page<Certificate>> {
    return this.page({ learnerId }, { ...page, sort: '-issuedAt' });
  }

  byCode(code: string): Promise<Certificate | undefined> {
    return this.findOne({ code });
  }

  /** How many were issued for each of the courses; one without any is left out. */
  async countsOf(courseIds: readonly string[]): Promise<{ courseId: string; certificates: number }[]> {
    const groups = await this.aggregate<{ _id: string; certificates: number }>([
      { $match: { courseId: { $in: [...courseIds] } } },
      { $group: { _id: '$courseId', certificates: { $sum: 1 } } },
    ]);
    return groups.map(({ _id, certificates }) => ({ courseId: _id, certificates }));
  }
}
