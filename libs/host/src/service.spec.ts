import { enrollmentActivated, paymentSucceeded } from '@lyceum/contracts';
import { z } from 'zod';
import { defineService } from './index.js';

const parts = { description: '', config: z.object({}), controllers: [], providers: [], refusals: {}, stateful: true };

it('a service publishes its own events only', () => {
  const own = { ...parts, name: 'enrollment', publishes: [enrollmentActivated] };
  expect(defineService(own)).toEqual(own);
  expect(() =>
    defineService({ ...parts, name: 'enrollment', publishes: [enrollmentActivated, paymentSucceeded] }),
  ).toThrow(new RangeError('enrollment cannot publish billing.payment-succeeded.v1'));
});
