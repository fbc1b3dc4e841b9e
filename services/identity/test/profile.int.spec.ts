import { mediaReady, profileChanged } from '@lyceum/contracts';
import { newId } from '@lyceum/kernel';
import { eventually } from '@lyceum/testing';
import { Platform } from './platform.js';

const problem = (status: number, code: string) => ({ status, body: expect.objectContaining({ status, code }) });

jest.setTimeout(30_000);

describe('the profile', () => {
  const platform = new Platform();
  beforeAll(() => platform.start(), 60_000);
  afterAll(() => platform.close(), 30_000);

  const patch = (token: string, body: object) =>
    platform.service.call('PATCH', '/me', { body, headers: { authorization: `Bearer ${token}` } });
  const file = async (ownerId: string, kind: 'image' | 'video' = 'image') => {
    const about = { mediaId: newId(), ownerId, kind, contentType: 'image/png', size: 1, fileName: 'a.png' };
    for (let times = 0; times < 2; times += 1)
      await platform.service.deliver(mediaReady, { ...about, readyAt: new Date().toISOString() });
    return about.mediaId;
  };

  it('is what its owner says, and others are told of it', async () => {
    const { accessToken, user } = await platform.signedIn('profile@example.com');
    const avatarMediaId = await file(user.id);
    const edit = {
      firstName: ' Augusta ',
      locale: 'DE-at',
      timeZone: 'Europe/Vienna',
      bio: 'One.\nTwo.',
      avatarMediaId,
    };
    const seen = { ...edit, firstName: 'Augusta', lastName: 'Lovelace', locale: 'de-AT' };
    expect(await patch(accessToken, edit)).toMatchObject({ status: 200, body: seen });
    expect((await platform.request('GET', '/me', accessToken)).body).toMatchObject(seen);
    await eventually(() =>
      expect(platform.service.bus.ofType(profileChanged.type).map(({ subject, data }) => ({ subject, data }))).toEqual([
        { subject: user.id, data: expect.objectContaining({ ...seen, userId: user.id, roles: ['STUDENT'] }) },
      ]),
    );
    const without = await patch(accessToken, { avatarMediaId: null, bio: null });
    expect(without.body).not.toHaveProperty('avatarMediaId');
    expect(without.body).toMatchObject({ locale: 'de-AT', firstName: 'Augusta' });
  });

  it('has only a picture that is the owner’s, an image, and ready', async () => {
    const { accessToken, user } = await platform.signedIn('picture@example.com');
    for (const avatarMediaId of [await file('somebody else'), await file(user.id, 'video'), 'none'])
      expect(await patch(accessToken, { avatarMediaId })).toMatchObject(problem(422, 'identity.avatar-refused'));
    expect((await platform.request('GET', '/me', accessToken)).body).not.toHaveProperty('avatarMediaId');
  });

  it.each([
    [{ firstName: '<b>Ada</b>' }, 'firstName'],
    [{ firstName: null }, 'firstName'],
    [{ locale: 'not a language' }, 'locale'],
    [{ timeZone: 'Europe/Atlantis' }, 'timeZone'],
    [{ timeZone: { $ne: '' } }, 'timeZone'],
    [{ bio: 'x'.repeat(2_001) }, 'bio'],
    [{ bio: 'turned \u202E around' }, 'bio'],
    [{ roles: ['ADMIN'] }, ''],
    [{ email: 'other@example.com' }, ''],
    [{ passwordHash: 'x' }, ''],
  ])('refuses %j', async (edit, path) => {
    const { accessToken } = await platform.signedIn('refused@example.com');
    expect(await patch(accessToken, edit)).toMatchObject({
      status: 400,
      body: { code: 'http.invalid-request', errors: [{ path }] },
    });
  });

  it('is closed to who is not signed in', async () => {
    expect(await patch('', { firstName: 'Eve' })).toMatchObject(problem(401, 'http.not-signed-in'));
  });

  it('keeps both of two simultaneous edits', async () => {
    const { accessToken } = await platform.signedIn('both@example.com');
    await Promise.all([patch(accessToken, { bio: 'Here.' }), patch(accessToken, { locale: 'fr' })]);
    expect((await platform.request('GET', '/me', accessToken)).body).toMatchObject({ bio: 'Here.', locale: 'fr' });
  });
});
