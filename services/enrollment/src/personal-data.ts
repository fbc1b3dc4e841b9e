import { type Erased, PersonalData, type Section } from '@lyceum/host';
import { Clock } from '@lyceum/kernel';
import type { Erasure } from '@lyceum/store';
import { Injectable } from '@nestjs/common';
import { explain, viewOf } from './enrollments/enrollment.view.js';
import { EnrollmentsStore } from './enrollments/enrollments.store.js';

const pageSize = 100;

/** What enrollment holds about somebody: which courses they may learn, by ids alone. */
@Injectable()
export class EnrollmentPersonalData extends PersonalData {
  constructor(
    private readonly enrollments: EnrollmentsStore,
    private readonly clock: Clock,
  ) {
    super();
  }

  async *collect(userId: string): AsyncGenerator<Section, void> {
    let after: string | undefined;
    do {
      const page = await this.enrollments.ofLearner(userId, { limit: pageSize, sort: '_id', after });
      const records = page.items.map((each) => ({
        ...viewOf(each, this.clock.now()),
        ...explain(each.courseId, each),
      }));
      yield { name: 'enrolments', title: 'Your enrolments', records };
      after = page.next;
    } while (after !== undefined);
  }

  /** An enrolment names its learner by the id of an account that is no more; without it the numbers of a course would be wrong. */
  async erase(userId: string, _context: Erasure): Promise<Erased> {
    const intentions = await this.enrollments.neverActive(userId);
    const removed = await Promise.all(intentions.map((id) => this.enrollments.remove(id)));
    const count = removed.filter(Boolean).length;
    const { items } = await this.enrollments.ofLearner(userId, { limit: 1, sort: '_id' });
    return {
      erased: count > 0 ? [{ what: 'purchases that were only begun', count }] : [],
      kept:
        items.length > 0
          ? [
              {
                what: 'enrolments',
                why: 'Instructors are paid by how many learners a course has had; an enrolment holds no name, and its number leads to nobody.',
              },
            ]
          : [],
    };
  }
}
