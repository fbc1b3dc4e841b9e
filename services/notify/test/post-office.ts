import { type SealingKeys, newSealingKeys } from '@lyceum/bus';
import { userRegistered } from '@lyceum/contracts';
import { type RunningMailbox, startMailbox } from '@lyceum/embedded/mailbox';
import type { Clock } from '@lyceum/kernel';
import { type BootedService, bootService } from '@lyceum/testing';
import { notify } from '../src/service.js';

export const price = { amount: 4900, currency: 'EUR' };
export const at = new Date().toISOString();
export const inAnHour = new Date(Date.now() + 3_600_000).toISOString();

/** The service with a mailbox that takes its mails. */
export interface PostOffice {
  readonly booted: BootedService;
  readonly mailbox: RunningMailbox;
  readonly keys: SealingKeys;
  /** Somebody new whom the service has heard of. */
  somebody(about?: { firstName?: string; locale?: string }): Promise<{ id: string; email: string }>;
  close(): Promise<void>;
}

let people = 0;
export const nobodyYet = () => {
  people += 1;
  return { id: `user-${people}`, email: `user-${people}@example.com` };
};

export async function openPostOffice({ clock, url }: { clock?: Clock; url?: string } = {}): Promise<PostOffice> {
  const apiKey = 'SG.test.key';
  const keys = await newSealingKeys();
  const mailbox = await startMailbox({ apiKey });
  const booted = await bootService(notify, {
    env: {
      SENDGRID_API_KEY: apiKey,
      SENDGRID_API_URL: url ?? mailbox.url,
      STREAM_HEARTBEAT_MS: '100',
      SENDGRID_TIMEOUT_MS: '2000',
      MAIL_FROM: 'Lyceum <no-reply@lyceum.example>',
      NOTIFY_SEALING_PRIVATE_KEY: JSON.stringify(keys.privateJwk),
    },
    ...(clock ? { clock } : {}),
  });
  return {
    booted,
    mailbox,
    keys,
    async somebody({ firstName = 'Ada', locale } = {}) {
      const person = nobodyYet();
      await booted.deliver(userRegistered, registration(person, firstName, locale));
      return person;
    },
    async close() {
      await booted.close();
      await mailbox.close();
    },
  };
}

export const registration = ({ id, email }: { id: string; email: string }, firstName = 'Ada', locale?: string) => ({
  userId: id,
  email,
  firstName,
  lastName: 'Byron',
  roles: ['STUDENT' as const],
  ...(locale === undefined ? {} : { locale }),
  registeredAt: at,
});

export const payment = (learnerId: string) => ({
  paymentId: 'pay-1',
  learnerId,
  courseId: 'ts',
  courseTitle: 'Practical TypeScript',
  price,
  paidAt: at,
});

export const course = (courseId: string, instructorId: string, edition = 1) => ({
  courseId,
  edition,
  slug: courseId,
  title: `About ${courseId}`,
  summary: '',
  instructorId,
  price,
  category: 'programming',
  difficulty: 'beginner' as const,
  language: 'en',
  tags: [],
  thumbnailMediaId: 'm1',
  sections: [],
  publishedAt: at,
});

export interface Listed {
  items: { notificationId: string; type: string; title: string; body: string; link?: string; readAt?: string }[];
  next?: string;
}
