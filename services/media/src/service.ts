import { mediaReady, mediaRejected } from '@lyceum/contracts';
import { defineService } from '@lyceum/host';
import { Config } from './config.js';
import { DeliveryService } from './delivery/delivery.service.js';
import { MediaController } from './media.controller.js';
import { CourseMediaProjection } from './projections/course-media.js';
import { Entitlements } from './projections/entitlements.js';
import { Reactions } from './reactions.js';
import { MediaPersonalData } from './personal-data.js';
import { refusals } from './refusals.js';
import { MediaBucket } from './storage/bucket.js';
import { DisownedFiles } from './uploads/disowned-files.js';
import { MediaStore } from './uploads/media.store.js';
import { OverdueUploads } from './uploads/overdue.js';
import { UploadsService } from './uploads/uploads.service.js';

export const media = defineService({
  name: 'media',
  description: 'Uploads that are what they claim to be, and their delivery to those who may see them.',
  config: Config,
  keyVariable: 'MEDIA_KEY_ENCRYPTION_KEY',
  controllers: [MediaController],
  providers: [
    MediaBucket,
    MediaStore,
    UploadsService,
    OverdueUploads,
    DisownedFiles,
    DeliveryService,
    CourseMediaProjection,
    Entitlements,
  ],
  reactions: Reactions,
  personalData: MediaPersonalData,
  publishes: [mediaReady, mediaRejected],
  refusals,
  stateful: true,
});
