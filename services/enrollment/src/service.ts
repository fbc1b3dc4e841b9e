import { enrollmentActivated, enrollmentEnded, pendingLapsed } from '@lyceum/contracts';
import { defineService } from '@lyceum/host';
import { Config } from './config.js';
import { AccessController, EnrollmentsController } from './enrollments/enrollments.controller.js';
import { EnrollmentsService } from './enrollments/enrollments.service.js';
import { EnrollmentsStore } from './enrollments/enrollments.store.js';
import { EnrollmentPersonalData } from './personal-data.js';
import { Offers } from './projections/offers.js';
import { Reactions } from './reactions.js';
import { refusals } from './refusals.js';

export const enrollment = defineService({
  name: 'enrollment',
  description: 'Who may learn what, and why: access is the union of active grants.',
  config: Config,
  controllers: [EnrollmentsController, AccessController],
  providers: [EnrollmentsService, EnrollmentsStore, Offers],
  reactions: Reactions,
  publishes: [enrollmentActivated, enrollmentEnded, pendingLapsed],
  refusals,
  stateful: true,
  personalData: EnrollmentPersonalData,
});
