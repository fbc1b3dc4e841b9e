import { randomUUID } from 'node:crypto';
import { type Envelope, envelop, paymentSucceeded } from '@lyceum/contracts';
import type { DomainEvent } from '@lyceum/kernel';

/** The event that all contenders send: what a real one weighs. */
export const paid = (paymentId: string): DomainEvent =>
  paymentSucceeded({
    paymentId,
    learnerId: '0197a3a2-7b1e-7c3d-9c7f-5a8e7d1f0a11',
    courseId: '0197a3a2-7b1e-7c3d-9c7f-5a8e7d1f0a12',
    courseTitle: 'Bread at Home: From Flour to Loaf',
    price: { amount: 2900, currency: 'EUR' },
    paidAt: new Date().toISOString(),
  });

/** The same on the wire, for those who have no outbox. */
export const paidEnvelope = (): Envelope => {
  const subject = randomUUID();
  const about = { id: randomUUID(), service: 'billing', subject, version: 1, time: new Date() };
  return envelop(paid(subject), about);
};
