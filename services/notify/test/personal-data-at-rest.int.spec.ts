import { passkeyAdded, paymentSucceeded, userRegistered } from '@lyceum/contracts';
import { PersonalKeys } from '@lyceum/store';
import { eventually, storedIn } from '@lyceum/testing';
import { type PostOffice, at, nobodyYet, openPostOffice, payment, registration } from './post-office.js';

jest.setTimeout(60_000);

describe('what notify keeps of people', () => {
  let office: PostOffice;
  beforeAll(async () => {
    office = await openPostOffice();
  });
  afterAll(() => office.close());

  const mailsTo = (email: string) => office.mailbox.messages({ to: email });

  it('lies encrypted, is written to all the same, and is not written to after the person’s key was shredded', async () => {
    const somebody = nobodyYet();
    const { id } = somebody;
    const email = 'canary-ada@example.com';
    const passkey = { userId: id, email, firstName: 'CanaryFirst', passkeyId: 'p', name: 'CanaryKey', addedAt: at };
    await office.booted.deliver(userRegistered, registration({ id, email }, 'CanaryFirst'));
    await office.booted.deliver(passkeyAdded, passkey);
    await eventually(() => expect(mailsTo(email)).toHaveLength(1));
    const { MONGODB_URI = '', DATABASE_PREFIX = '' } = office.booted.env;
    const stored = () => storedIn(MONGODB_URI, [`${DATABASE_PREFIX}notify`, `${DATABASE_PREFIX}notify-keys`]);
    const expectNothingClear = async (): Promise<void> => {
      const bytes = await stored();
      for (const canary of [email, 'CanaryFirst', 'CanaryKey', 'Byron'])
        expect({ canary, found: bytes.includes(canary) }).toEqual({ canary, found: false });
    };
    await expectNothingClear();

    await office.booted.service.app.get(PersonalKeys).shred(id);
    await office.booted.deliver(passkeyAdded, passkey); // late
    await office.booted.deliver(userRegistered, registration({ id, email }, 'CanaryFirst'), { version: 9 });
    await office.booted.deliver(paymentSucceeded, payment(id));
    const other = await office.somebody();
    await office.booted.deliver(passkeyAdded, { ...passkey, userId: other.id, email: other.email });
    await eventually(() => expect(mailsTo(other.email)).toHaveLength(1));
    expect(mailsTo(email)).toHaveLength(1);
    expect(mailsTo('erased@erased.invalid')).toEqual([]);
    const listed = await office.booted.call('GET', '/notifications', { as: { id } });
    expect(listed.status).toBe(200);
    await expect(stored().then((bytes) => bytes.includes(email))).resolves.toBe(false);
  });
});
