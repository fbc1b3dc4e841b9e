import { checkoutStarted, enrollmentErased, paymentSucceeded, userErased } from '@lyceum/contracts';
import { PersonalData } from '@lyceum/host';
import { type BootedService, bootService, dataOf, eventually } from '@lyceum/testing';
import { enrollment } from '../src/service.js';

describe('somebody who wants their data, or to be forgotten', () => {
  let booted: BootedService;
  beforeAll(async () => {
    booted = await bootService(enrollment);
  }, 60_000);
  afterAll(() => booted.close());

  const someone = { learnerId: 'canary-learner', courseId: 'kept' };

  it('is given their enrolments; those that were paid for stay as numbers, those only begun go, however often it is said', async () => {
    const { bus, service } = booted;
    const deliver: BootedService['deliver'] = (...delivered) => booted.deliver(...delivered);
    const held = () => service.app.get(PersonalData).collect(someone.learnerId);
    await deliver(paymentSucceeded, dataOf(paymentSucceeded, { ...someone, paymentId: 'p-kept' }));
    await deliver(checkoutStarted, dataOf(checkoutStarted, { ...someone, courseId: 'begun', paymentId: 'p-begun' }));
    const sections: unknown[] = [];
    for await (const { records } of held()) sections.push(...records);
    expect(sections).toHaveLength(2);
    const order = { userId: someone.learnerId, erasureId: 'e1', erasedAt: new Date().toISOString() };
    for (let time = 0; time < 3; time += 1) await deliver(userErased, order);
    await eventually(() => expect(bus.ofType(enrollmentErased.type).length).toBeGreaterThan(1));
    const receipts = bus.ofType(enrollmentErased.type).map(({ data }) => data);
    for (const receipt of receipts)
      expect(receipt).toMatchObject({
        erased: expect.arrayContaining([{ what: 'purchases that were only begun', count: 1 }]),
        kept: [{ what: 'enrolments' }],
      });
    const left: unknown[] = [];
    for await (const { records } of held()) left.push(...records);
    expect(left).toMatchObject([{ courseId: 'kept' }]);
  });
});
