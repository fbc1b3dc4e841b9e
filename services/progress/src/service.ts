import {
  beginningOverdue,
  certificateIssued,
  courseCompleted,
  learningNotBegun,
  lectureCompleted,
  quizDefined,
  quizPassed,
} from '@lyceum/contracts';
import { defineService } from '@lyceum/host';
import { AnalyticsController } from './analytics/analytics.controller.js';
import { AnalyticsService } from './analytics/analytics.service.js';
import { AttemptsController } from './attempts/attempts.controller.js';
import { AttemptsService } from './attempts/attempts.service.js';
import { AttemptsStore } from './attempts/attempts.store.js';
import { CertificatePrinter } from './certificates/certificate-printer.js';
import { CertificatesController } from './certificates/certificates.controller.js';
import { CertificatesService } from './certificates/certificates.service.js';
import { CertificatesStore } from './certificates/certificates.store.js';
import { VerifyController } from './certificates/verify.controller.js';
import { WithdrawnCertificates } from './certificates/withdrawn-certificates.store.js';
import { Config } from './config.js';
import { AnonymityKeys, FormerLearners } from './former-learners/former-learners.store.js';
import { LearningController } from './learning/learning.controller.js';
import { LearningService } from './learning/learning.service.js';
import { LearningStore } from './learning/learning.store.js';
import { ProgressPersonalData } from './personal-data.js';
import { Courses } from './projections/courses.js';
import { Entitlements } from './projections/entitlements.js';
import { Learners } from './projections/learners.js';
import { QuizzesController } from './quizzes/quizzes.controller.js';
import { QuizzesService } from './quizzes/quizzes.service.js';
import { QuizzesStore } from './quizzes/quizzes.store.js';
import { Reactions } from './reactions.js';
import { refusals } from './refusals.js';

export const progress = defineService({
  name: 'progress',
  description: 'What learners have done: lectures, quizzes, certificates, and the numbers that instructors see of it.',
  config: Config,
  keyVariable: 'PROGRESS_KEY_ENCRYPTION_KEY',
  controllers: [
    LearningController,
    QuizzesController,
    AttemptsController,
    CertificatesController,
    VerifyController,
    AnalyticsController,
  ],
  providers: [
    LearningService,
    LearningStore,
    QuizzesService,
    QuizzesStore,
    AttemptsService,
    AttemptsStore,
    CertificatesService,
    CertificatesStore,
    WithdrawnCertificates,
    CertificatePrinter,
    AnalyticsService,
    FormerLearners,
    AnonymityKeys,
    Courses,
    Entitlements,
    Learners,
  ],
  reactions: Reactions,
  personalData: ProgressPersonalData,
  publishes: [
    beginningOverdue,
    learningNotBegun,
    lectureCompleted,
    courseCompleted,
    quizDefined,
    quizPassed,
    certificateIssued,
  ],
  refusals,
  stateful: true,
});
