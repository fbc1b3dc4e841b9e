import { pageOf } from '@lyceum/http';
import { z } from 'zod';
import { type Reader, renderNotice } from '../messages/rendering.js';
import type { Notification } from './notification.js';

export const NotificationView = z
  .object({
    notificationId: z.string(),
    type: z.string().describe('what it is about, for an icon: `payment-received`, `enrolment-active` …'),
    title: z.string(),
    body: z.string(),
    link: z.string().optional(),
    createdAt: z.iso.datetime(),
    readAt: z.iso.datetime().optional(),
  })
  .meta({ id: 'Notification' });
export type NotificationView = z.infer<typeof NotificationView>;

export const NotificationPage = pageOf(NotificationView).meta({ id: 'NotificationPage' });

export const UnreadCount = z.object({ unread: z.int().nonnegative() }).meta({ id: 'UnreadCount' });
export type UnreadCount = z.infer<typeof UnreadCount>;

export function viewOf({ id, message, createdAt, readAt }: Notification, reader: Reader, publicUrl: string) {
  const view: NotificationView = {
    notificationId: id,
    type: message.kind,
    ...renderNotice(message, reader, publicUrl),
    createdAt: createdAt.toISOString(),
    ...(readAt ? { readAt: readAt.toISOString() } : {}),
  };
  return view;
}
