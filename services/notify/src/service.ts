import { defineService } from '@lyceum/host';
import { Announcements } from './announcements.service.js';
import { Config } from './config.js';
import { Deliveries } from './deliveries/deliveries.store.js';
import { MailGateway } from './deliveries/mail.gateway.js';
import { NotifyMetrics } from './notify-metrics.js';
import { Sender } from './deliveries/sender.js';
import { NotificationsController } from './notifications/notifications.controller.js';
import { NotificationsService } from './notifications/notifications.service.js';
import { Notifications } from './notifications/notifications.store.js';
import { StreamController } from './notifications/stream.controller.js';
import { Streams } from './notifications/streams.js';
import { NotifyPersonalData } from './personal-data.js';
import { Courses } from './projections/courses.js';
import { Directory } from './projections/directory.js';
import { Recipients } from './projections/recipients.js';
import { Reactions } from './reactions.js';
import { refusals } from './refusals.js';

export const notify = defineService({
  name: 'notify',
  description: 'Tells people what happened: e-mail and in-app notifications; it only reacts.',
  config: Config,
  keyVariable: 'NOTIFY_KEY_ENCRYPTION_KEY',
  controllers: [StreamController, NotificationsController],
  providers: [
    Announcements,
    Courses,
    Deliveries,
    Directory,
    MailGateway,
    Notifications,
    NotificationsService,
    NotifyMetrics,
    Recipients,
    Sender,
    Streams,
  ],
  reactions: Reactions,
  publishes: [],
  refusals,
  stateful: true,
  personalData: NotifyPersonalData,
});
