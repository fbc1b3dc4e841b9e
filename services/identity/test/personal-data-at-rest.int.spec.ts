import { PersonalKeys } from '@lyceum/store';
import { eventually, storedIn } from '@lyceum/testing';
import { Platform, person } from './platform.js';

jest.setTimeout(60_000);

const canaries = ['canary-ada@', 'CanaryFirst', 'CanaryLast', 'CanaryBio', 'CanaryAgent', 'canary-new@'];

describe('what identity keeps of people', () => {
  const platform = new Platform();
  beforeAll(() => platform.start());
  afterAll(() => platform.close());

  const stored = () => {
    const { MONGODB_URI = '', DATABASE_PREFIX = '' } = platform.service.env;
    return storedIn(MONGODB_URI, [`${DATABASE_PREFIX}identity`, `${DATABASE_PREFIX}identity-keys`]);
  };
  const expectNothingClear = async (): Promise<void> => {
    const bytes = await stored();
    for (const canary of canaries) expect({ canary, found: bytes.includes(canary) }).toEqual({ canary, found: false });
  };

  it('lies encrypted in every collection, is found all the same, and is gone with the person’s key', async () => {
    const email = 'canary-ada@example.com';
    const applicant = person(email, { firstName: 'CanaryFirst', lastName: 'CanaryLast' });
    await platform.post('/auth/register', applicant);
    await platform.post('/auth/verify-email', { token: await platform.mailedToken(email) });
    const { accessToken, user } = await platform.signIn(email, 'CanaryAgent/1.0');
    const headers = { authorization: `Bearer ${accessToken}` };
    await platform.service.call('PATCH', '/me', { body: { bio: 'CanaryBio' }, headers });
    const asked = await platform.post('/me/email', { newEmail: 'canary-new@example.com' }, accessToken);
    expect(asked.status).toBeLessThan(300);
    await platform.post('/auth/forgot-password', { email });
    await platform.post('/auth/register', applicant);
    await platform.told('identity.registration-repeated.v1', email);
    await eventually(expectNothingClear);
    const me = await platform.request('GET', '/me', accessToken);
    expect(me.body).toMatchObject({ email, firstName: 'CanaryFirst', lastName: 'CanaryLast' });
    const sessions = await platform.request('GET', '/me/sessions', accessToken);
    expect(JSON.stringify(sessions.body)).toContain('CanaryAgent');

    await platform.service.service.app.get(PersonalKeys).shred(user.id);
    const after = await platform.request('GET', '/me', accessToken);
    expect(after.body).toMatchObject({ email: `${user.id}@erased.invalid`, firstName: '–', lastName: '–' });
    const listed = await platform.request('GET', '/me/sessions', accessToken);
    expect({ status: listed.status, told: JSON.stringify(listed.body).includes('CanaryAgent') }).toEqual({
      status: 200,
      told: false,
    });
    expect((await platform.post('/auth/sign-in', { email, password: applicant.password })).status).toBe(401);
    await expectNothingClear();

    await platform.post('/auth/register', applicant); // the address is free for whoever has it now
    const again = await platform.signIn(email);
    expect(again.user.id).not.toBe(user.id);
  });

  it('an address belongs to one account, also when many ask for it at once', async () => {
    const email = 'canary-ada@two.example.com';
    await Promise.all(Array.from({ length: 6 }, () => platform.post('/auth/register', person(email))));
    expect(await platform.told('identity.user-registered.v1', email)).toHaveLength(1);
  });
});
