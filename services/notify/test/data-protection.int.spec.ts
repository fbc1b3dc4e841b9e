import { seal } from '@lyceum/bus';
import {
  dataExportReady,
  erasureCancelled,
  erasureScheduled,
  notifyErased,
  passwordChanged,
  paymentSucceeded,
  userErased,
  userRegistered,
} from '@lyceum/contracts';
import { newId } from '@lyceum/kernel';
import { FakeClock, dataOf, eventually } from '@lyceum/testing';
import mongoose from 'mongoose';
import { type PostOffice, openPostOffice, payment, registration } from './post-office.js';

jest.setTimeout(40_000);

describe('somebody who wants their data, or to be forgotten', () => {
  let office: PostOffice;
  const clock = new FakeClock(new Date());
  beforeAll(async () => {
    office = await openPostOffice({ clock });
  }, 60_000);
  afterAll(() => office.close(), 30_000);

  const deliver: PostOffice['booted']['deliver'] = (...delivered) => office.booted.deliver(...delivered);
  const mailsTo = (email: string) => office.mailbox.messages({ to: email });
  async function stored(): Promise<string> {
    const { MONGODB_URI = '', DATABASE_PREFIX = '' } = office.booted.env;
    const connection = await mongoose.createConnection(MONGODB_URI, { dbName: `${DATABASE_PREFIX}notify` }).asPromise();
    try {
      const names = (await connection.listCollections()).map(({ name }) => name);
      return JSON.stringify(await Promise.all(names.map((name) => connection.collection(name).find().toArray())));
    } finally {
      await connection.close();
    }
  }

  it('is told by mail when an export is there, an erasure is scheduled or cancelled; once, however often it is said', async () => {
    const { id: userId, email } = await office.somebody({ firstName: 'Ada' });
    const account = { userId, email, firstName: 'Ada' };
    const expiresAt = new Date(Date.now() + 86_400_000).toISOString();
    const ids = [newId(), newId(), newId()];
    for (let time = 0; time < 2; time += 1) {
      await deliver(dataExportReady, dataOf(dataExportReady, { userId, expiresAt, missing: ['media'] }), {
        id: ids[0] ?? '',
      });
      await deliver(erasureScheduled, dataOf(erasureScheduled, account), { id: ids[1] ?? '' });
      await deliver(erasureCancelled, dataOf(erasureCancelled, account), { id: ids[2] ?? '' });
    }
    await eventually(() => expect(mailsTo(email)).toHaveLength(3));
    const subjects = mailsTo(email)
      .map(({ subject }) => subject)
      .sort();
    expect(subjects).toEqual([
      'Your account stays',
      expect.stringMatching(/^Your account will be erased on /),
      'Your data are ready',
    ]);
  });

  it('gets a last mail before the address is forgotten, and nothing after it', async () => {
    const { id: userId, email } = await office.somebody({ firstName: 'Canary' });
    await deliver(paymentSucceeded, payment(userId));
    await eventually(() => expect(mailsTo(email)).toHaveLength(1));
    const sealedReceipt = await seal(office.keys.publicJwk, 'e1.receipt');
    const erasure = { userId, erasureId: newId(), erasedAt: clock.now().toISOString(), sealedReceipt };
    await Promise.all([deliver(userErased, erasure), deliver(userErased, erasure)]);
    await eventually(() => expect(mailsTo(email)).toHaveLength(2));
    const goodbye = mailsTo(email).find(({ subject }) => subject === 'Your account has been erased');
    expect(goodbye?.text).toContain('/erasure-receipt?token=e1.receipt');

    clock.advance(16_000);
    await eventually(async () => expect(await stored()).not.toContain(email), { within: 20_000 });
    await eventually(() =>
      expect(office.booted.bus.ofType(notifyErased.type).at(-1)?.data).toMatchObject({
        userId,
        erased: expect.arrayContaining([{ what: 'addresses', count: 1 }]),
        kept: [],
      }),
    );
    await deliver(userRegistered, registration({ id: userId, email }, 'Canary'));
    await deliver(passwordChanged, dataOf(passwordChanged, { userId, email, firstName: 'Canary' }));
    await deliver(paymentSucceeded, { ...payment(userId), paymentId: 'pay-2' });
    await deliver(userErased, erasure);
    clock.advance(121_000);
    clock.advance(1_801_000);
    expect(await stored()).not.toMatch(/Canary/);
    expect(await stored()).not.toContain(email);
    expect(mailsTo(email)).toHaveLength(2);
  });
});
