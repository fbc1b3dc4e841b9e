import { reactionsOf, seal } from '@lyceum/bus';
import {
  Envelope,
  certificateIssued,
  emailChangeAnnounced,
  emailChangeRequested,
  emailChanged,
  emailVerified,
  enrollmentActivated,
  learningNotBegun,
  passwordChanged,
  passwordResetRequested,
  paymentRefunded,
  paymentSucceeded,
  verificationRequested,
} from '@lyceum/contracts';
import { eventually, goldenSamples } from '@lyceum/testing';
import { Reactions } from '../src/reactions.js';
import { type Listed, type PostOffice, at, inAnHour, openPostOffice, payment, price } from './post-office.js';

describe('mails', () => {
  let office: PostOffice;
  beforeAll(async () => {
    office = await openPostOffice();
  });
  afterAll(() => office.close());

  it('verify an address with a link that only its owner gets', async () => {
    const { booted, mailbox, keys } = office;
    const { id: userId, email } = await office.somebody();
    const token = 'secret-token_1.2~3';
    const sealedToken = await seal(keys.publicJwk, token);
    await booted.deliver(verificationRequested, { userId, email, firstName: 'Ada', sealedToken, expiresAt: inAnHour });
    const mail = await mailbox.waitFor({ to: email, subject: /verify|confirm/i });
    expect(mail.text).toContain(`http://localhost:4000/verify-email?token=${token}\n`);
    expect(mail.html).toContain(`href="http://localhost:4000/verify-email?token=${token}"`);
    expect(mail.from).toEqual({ email: 'no-reply@lyceum.example', name: 'Lyceum' });
  });

  it('bring the link for a forgotten password, and tell of the new one, once each however often the events come', async () => {
    const { booted, mailbox, keys } = office;
    const { id: userId, email } = await office.somebody();
    const about = { userId, email, firstName: 'Ada' };
    const token = 'secret-token_1.2~3';
    const sealedToken = await seal(keys.publicJwk, token);
    const twice = [1, 2];
    for (const _ of twice)
      await booted.deliver(
        passwordResetRequested,
        { ...about, sealedToken, expiresAt: inAnHour },
        { id: `r-${userId}` },
      );
    const link = await mailbox.waitFor({ to: email, subject: 'Choose a new password' });
    expect(link.text).toContain(`http://localhost:4000/reset-password?token=${token}\n`);
    for (const _ of twice)
      await booted.deliver(passwordChanged, { ...about, how: 'reset', changedAt: at }, { id: `c-${userId}` });
    const alert = await mailbox.waitFor({ to: email, subject: 'Your password was changed' });
    expect(alert.text).toContain('You have been signed out everywhere.');
    expect(alert.text).not.toMatch(/unsubscribe|preferences/i);
    expect(mailbox.messages({ to: email })).toHaveLength(2);
  });

  it('ask a new address for proof, tell the old one how to stop it, and go to the new one afterwards, in any order', async () => {
    const { booted, mailbox, keys } = office;
    const { id: userId, email } = await office.somebody();
    const newEmail = `new-${email}`;
    const about = { userId, firstName: 'Ada', expiresAt: inAnHour };
    const sealedToken = await seal(keys.publicJwk, 'a-token');
    await booted.deliver(emailChangeRequested, { ...about, email: newEmail, sealedToken });
    const asked = await mailbox.waitFor({ to: newEmail, subject: 'Confirm your new e-mail address' });
    expect(asked.text).toContain('http://localhost:4000/email-change/confirm?token=a-token\n');
    await booted.deliver(emailChangeAnnounced, { ...about, email, newEmail, sealedToken, requestedAt: at });
    const told = await mailbox.waitFor({ to: email, subject: 'Your e-mail address is about to be changed' });
    expect(told.text).toContain('http://localhost:4000/email-change/stop?token=a-token\n');
    expect(told.text).toContain(newEmail);
    const changed = { userId, firstName: 'Ada', email: newEmail, oldEmail: email, changedAt: at };
    for (let times = 0; times < 2; times += 1)
      await booted.deliver(emailChanged, changed, { id: `m-${userId}`, version: 4 });
    await booted.deliver(emailVerified, { userId, email, verifiedAt: at }, { version: 2 });
    await mailbox.waitFor({ to: email, subject: 'Your e-mail address was changed' });
    await booted.deliver(paymentSucceeded, payment(userId));
    await mailbox.waitFor({ to: newEmail, subject: /payment/i });
    expect(mailbox.messages({ to: email })).toHaveLength(2);
  });

  it('tell of a payment, an enrolment, a certificate and a refund, and so does the list in the app', async () => {
    const { booted, mailbox } = office;
    const { id: learnerId, email } = await office.somebody();
    const course = { courseId: 'ts', courseTitle: 'Practical TypeScript' };
    await booted.deliver(paymentSucceeded, payment(learnerId));
    expect((await mailbox.waitFor({ to: email, subject: /payment|receipt/i })).text).toContain('€49.00');
    await booted.deliver(enrollmentActivated, {
      enrollmentId: 'e1',
      learnerId,
      ...course,
      grant: { kind: 'purchase', id: 'pay-1' },
      activatedAt: at,
    });
    await mailbox.waitFor({ to: email, subject: /enrol/i });
    await booted.deliver(certificateIssued, {
      certificateId: 'c1',
      code: 'LYC-1234-5678-9ABC',
      learnerId,
      ...course,
      issuedAt: at,
    });
    const certificate = await mailbox.waitFor({ to: email, subject: /certificate/i });
    expect(certificate.text).toContain('http://localhost:4000/verify/LYC-1234-5678-9ABC');
    await booted.deliver(paymentRefunded, {
      paymentId: 'pay-1',
      learnerId,
      ...course,
      refunded: price,
      full: true,
      refundedAt: at,
    });
    await mailbox.waitFor({ to: email, subject: /refund/i });
    await eventually(async () => {
      const { body } = await booted.call('GET', '/notifications', { as: { id: learnerId } });
      expect((body as Listed).items.map(({ type }) => type)).toEqual([
        'payment-refunded',
        'certificate-issued',
        'enrolment-active',
        'payment-received',
      ]);
    });
  });

  it('remind of a course that was not begun, by one mail and one notice, however often the event comes', async () => {
    const { booted, mailbox } = office;
    const { id: learnerId, email } = await office.somebody({ locale: 'de' });
    const told = { learnerId, courseId: 'ts', courseTitle: 'Practical TypeScript', enrolledAt: at };
    for (let i = 0; i < 3; i += 1) await booted.deliver(learningNotBegun, told, { id: `reminder-${learnerId}` });
    const mail = await mailbox.waitFor({ to: email, subject: 'Ihr Kurs wartet: Practical TypeScript' });
    expect(mail.text).toContain('http://localhost:4000/courses/ts');
    await eventually(async () => {
      const { body } = await booted.call('GET', '/notifications', { as: { id: learnerId } });
      expect((body as Listed).items.map(({ type }) => type)).toEqual(['learning-not-begun']);
    });
    expect(mailbox.messages({ to: email })).toHaveLength(1);
  });

  it('understands every recorded event that it listens to', async () => {
    for (const { type } of reactionsOf(Reactions))
      for (const sample of goldenSamples(type))
        await expect(office.booted.bus.publishTo('notify', [Envelope.parse(sample)])).resolves.toBeUndefined();
  });
});
