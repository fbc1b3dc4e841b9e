import { accountSuspended, rolesChanged, signedOutByAdmin } from '@lyceum/contracts';
import { changed, newId } from '@lyceum/kernel';
import { type Answer, eventually } from '@lyceum/testing';
import { generateSync } from 'otplib';
import { z } from 'zod';
import { AccountsStore } from '../src/accounts/accounts.store.js';
import { AdministrationService } from '../src/administration/administration.service.js';
import { ALL } from '../src/administration/administrators.js';
import { AdministratorsStore } from '../src/administration/administrators.store.js';
import { suspend } from '../src/administration/suspension.js';
import { byPassword } from '../src/sessions/authentication.js';
import { SessionsService } from '../src/sessions/sessions.service.js';
import { PASSWORD, Platform, type Tokens, person } from './platform.js';
import { SoftwareAuthenticator } from '@lyceum/testing/authenticator';

const problem = (status: number, code: string) => ({ status, body: expect.objectContaining({ status, code }) });
const reason = 'Ticket 4711';
const Page = z.object({ items: z.array(z.object({ id: z.string(), email: z.string() })), next: z.string().optional() });

jest.setTimeout(60_000);

describe('administration of accounts', () => {
  const platform = new Platform();
  beforeAll(() => platform.start({ ADMIN_EMAIL: 'root@example.com', ADMIN_PASSWORD: PASSWORD }), 60_000);
  afterAll(() => platform.close(), 30_000);

  const admin = async (): Promise<string> => (await platform.signIn('root@example.com')).accessToken;
  const act = async (userId: string, what: string, body: object = {}, token?: string): Promise<Answer> =>
    platform.post(`/users/${userId}/${what}`, { reason, ...body }, token ?? (await admin()));
  const signIn = (email: string, password = PASSWORD) => platform.post('/auth/sign-in', { email, password });
  const refresh = ({ refreshToken }: Tokens) => platform.post('/auth/refresh', { refreshToken });
  const dead = ({ accessToken }: Tokens) =>
    eventually(async () => expect((await platform.request('GET', '/me', accessToken)).status).toBe(401));
  const find = async (query: string) => {
    const { status, body } = await platform.request('GET', `/users?${query}`, await admin());
    expect(status).toBe(200);
    return Page.parse(body);
  };
  const app = () => platform.service.service.app;

  describe('looking for somebody', () => {
    it('finds by beginnings of words of name and address, role, state and proof, and tells no secrets', async () => {
      await platform.post('/auth/register', person('zoe.m@find.example', { firstName: 'Zoë', lastName: 'Müller' }));
      await platform.post('/auth/register', person('i@find.example', { lastName: 'Zoeller', role: 'INSTRUCTOR' }));
      await platform.post('/auth/verify-email', { token: await platform.mailedToken('i@find.example') });
      const found = async (query: string) => (await find(query)).items.map(({ email }) => email);
      expect(await found('text=zoe')).toEqual(['zoe.m@find.example', 'i@find.example']);
      expect(await found('text=MULL%20zo')).toEqual(['zoe.m@find.example']);
      expect(await found('text=zoe.m@find.example')).toEqual(['zoe.m@find.example']);
      expect(await found('text=zoe&role=INSTRUCTOR')).toEqual(['i@find.example']);
      expect(await found('text=zoe&verified=true')).toEqual(['i@find.example']);
      expect(await found('text=zoe&verified=false&status=active')).toEqual(['zoe.m@find.example']);
      expect(await found('text=zoe&status=suspended')).toEqual([]);
      expect(await found('text=%24where')).toEqual([]);
      const answer = await platform.request('GET', '/users?text=zoe', await admin());
      expect(answer.headers.get('cache-control')).toBe('no-store');
      expect(JSON.stringify(answer.body)).not.toMatch(/argon2|hash|searchWords|"outbox"/i);
    });

    it('pages completely and without repetition', async () => {
      for (let n = 0; n < 7; n += 1) await platform.post('/auth/register', person(`p${n}@pages.example`));
      const seen: string[] = [];
      let after = '';
      do {
        const { items, next } = await find(`text=pages&limit=3${after}`);
        seen.push(...items.map(({ email }) => email));
        after = next ? `&after=${next}` : '';
      } while (after);
      expect(seen).toEqual(Array.from({ length: 7 }, (_, n) => `p${n}@pages.example`));
      expect((await platform.request('GET', '/users?text=pages&after=x', await admin())).status).toBe(400);
    });

    it('shows one account with its second factor and its sessions', async () => {
      const { user } = await platform.signedIn('show@example.com');
      await platform.signIn('show@example.com', 'Phone');
      const answer = await platform.request('GET', `/users/${user.id}`, await admin());
      expect(answer).toMatchObject({
        status: 200,
        body: { email: 'show@example.com', roles: ['STUDENT'], state: { status: 'active' }, emailVerified: false },
      });
      expect(answer.body).toMatchObject({
        twoFactor: 'off',
        sessions: 2,
        lastSeenAt: platform.clock.now().toISOString(),
      });
      expect(JSON.stringify(answer.body)).not.toMatch(/argon2|hash/i);
      const missing = await platform.request('GET', '/users/nobody', await admin());
      expect(missing).toMatchObject(problem(404, 'identity.account-not-found'));
    });

    it('finds accounts from before there was anything to find them by', async () => {
      const { user } = await platform.signedIn('ancient@example.com');
      await platform.raw('accounts', (accounts) =>
        accounts.updateOne(
          { email: 'ancient@example.com' },
          { $set: { shape: 1 }, $unset: { state: '', searchWords: '' } },
        ),
      );
      expect(await app().get(AccountsStore).get(user.id)).toMatchObject({ state: { status: 'active' } });
      const another = await platform.another();
      expect((await find('text=ancient&status=active')).items).toMatchObject([{ id: user.id }]);
      await another.close();
    });
  });

  describe('suspending', () => {
    it('ends all sessions, and says why not only to who knows the password', async () => {
      const email = 'shut@example.com';
      const [laptop, phone] = [await platform.signedIn(email), await platform.signIn(email, 'Phone')];
      expect((await act(laptop.user.id, 'suspend')).status).toBe(204);
      expect(await refresh(laptop)).toMatchObject(problem(401, 'identity.refresh-refused'));
      for (const tokens of [laptop, phone]) await dead(tokens);
      expect(await signIn(email)).toMatchObject(problem(403, 'identity.account-suspended'));
      const [wrong, nobody] = [await signIn(email, 'not the password'), await signIn('no@example.com')];
      expect({ ...(wrong.body as object), instance: '' }).toEqual({ ...(nobody.body as object), instance: '' });
      expect([wrong.status, nobody.status]).toEqual([401, 401]);
      expect(await platform.told(accountSuspended.type, email)).toMatchObject([
        { reason, adminId: expect.any(String) },
      ]);

      expect((await act(laptop.user.id, 'reinstate')).status).toBe(204);
      expect(await act(laptop.user.id, 'reinstate')).toMatchObject(problem(409, 'identity.not-suspended'));
      expect((await platform.signIn(email)).user.id).toBe(laptop.user.id);
      expect(await refresh(laptop)).toMatchObject(problem(401, 'identity.refresh-refused'));
    });

    it('until a time ends then, also before anything has noticed, and its end is told', async () => {
      const email = 'week@example.com';
      const { user } = await platform.signedIn(email);
      const until = new Date(platform.clock.now().getTime() + 7 * 86_400_000).toISOString();
      expect((await act(user.id, 'suspend', { until })).status).toBe(204);
      expect(await signIn(email)).toMatchObject({ status: 403, body: { until } });
      platform.clock.set(until);
      expect((await platform.signIn(email)).user.id).toBe(user.id);
      const [told] = await platform.told('identity.account-reinstated.v1', email);
      expect(told).toMatchObject({ by: 'time', userId: user.id });
      expect((await find('text=week&status=active')).items).toHaveLength(1);
      const past = new Date(platform.clock.now().getTime() - 1).toISOString();
      expect(await act(user.id, 'suspend', { until: past })).toMatchObject(problem(422, 'identity.suspension-over'));
    });

    it('keeps out who has shown one factor of two', async () => {
      const email = 'half@example.com';
      const { accessToken, user } = await platform.signedIn(email);
      const { body } = await platform.post('/me/two-factor', {}, accessToken);
      const { secret } = z.object({ secret: z.string() }).parse(body);
      const code = () => generateSync({ secret, epoch: Math.floor(platform.clock.now().getTime() / 1_000) });
      expect((await platform.post('/me/two-factor/confirm', { code: code() }, accessToken)).status).toBe(200);
      platform.clock.advance(30_000);
      const first = z.object({ challenge: z.string() }).parse((await signIn(email)).body);
      await act(user.id, 'suspend');
      const second = await platform.post('/auth/two-factor', { challenge: first.challenge, code: code() });
      expect(second).toMatchObject(problem(403, 'identity.account-suspended'));
    });

    it('keeps out a passkey', async () => {
      const { accessToken, user } = await platform.signedIn('key@example.com');
      const device = new SoftwareAuthenticator({ origin: 'http://localhost:4000', rpId: 'localhost' });
      const Options = z.object({ challenge: z.string(), user: z.object({ id: z.string() }).optional() });
      const options = Options.parse((await platform.post('/me/passkeys/options', {}, accessToken)).body);
      await platform.post('/me/passkeys', { name: 'Phone', answer: device.attest(options) }, accessToken);
      const answer = async () => device.assert(Options.parse((await platform.post('/auth/passkey/options', {})).body));
      expect((await platform.post('/auth/passkey', { answer: await answer() })).status).toBe(200);
      await act(user.id, 'suspend');
      expect(await platform.post('/auth/passkey', { answer: await answer() })).toMatchObject(
        problem(403, 'identity.account-suspended'),
      );
    });

    it('meets a sign-in and a step-up that had begun before: neither gives anything', async () => {
      const email = 'race@example.com';
      const { user } = await platform.signedIn(email);
      const seen = await app().get(AccountsStore).get(user.id);
      if (!seen) throw new Error('gone');
      const sessions = app().get(SessionsService);
      const device = { userAgent: 'Thief', address: '192.0.2.1' };
      const { accessToken } = await platform.signIn(email);
      const sid = String(JSON.parse(Buffer.from(accessToken.split('.')[1] ?? '', 'base64url').toString()).sid);
      await act(user.id, 'suspend');
      const suspended = { code: 'identity.account-suspended' };
      await expect(sessions.open(seen, byPassword(platform.clock.now()), device)).rejects.toMatchObject(suspended);
      await expect(sessions.proveAgain(seen, sid, ['pwd'])).rejects.toMatchObject({
        code: 'identity.session-not-found',
      });
      const now = await app().get(AccountsStore).get(user.id);
      if (!now) throw new Error('gone');
      await expect(sessions.proveAgain(now, sid, ['pwd'])).rejects.toMatchObject(suspended);
      expect((await sessions.list(user.id, { limit: 10 })).items).toEqual([]);
    });
  });

  describe('roles', () => {
    it('are changed, and no token of the old ones goes on', async () => {
      const email = 'teach@example.com';
      const before = await platform.signedIn(email);
      expect((await act(before.user.id, 'roles', { grant: ['INSTRUCTOR'] })).status).toBe(204);
      expect(await refresh(before)).toMatchObject(problem(401, 'identity.refresh-refused'));
      await dead(before);
      const after = await platform.signIn(email);
      expect(after.user.roles).toEqual(['STUDENT', 'INSTRUCTOR']);
      expect((await act(after.user.id, 'roles', { grant: ['STUDENT'] })).status).toBe(204);
      expect((await refresh(after)).status).toBe(200); // nothing was changed
      expect((await act(after.user.id, 'roles', { revoke: ['INSTRUCTOR'] })).status).toBe(204);
      await dead(after);
      expect(await act(after.user.id, 'roles', { revoke: ['STUDENT'] })).toMatchObject(
        problem(409, 'identity.role-needed'),
      );
      expect(await platform.told(rolesChanged.type, email, 2)).toMatchObject([
        { granted: ['INSTRUCTOR'], revoked: [], roles: ['STUDENT', 'INSTRUCTOR'] },
        { granted: [], revoked: ['INSTRUCTOR'], roles: ['STUDENT'] },
      ]);
    });

    it('of an administrator come from an administrator, never from a registration', async () => {
      const asked = await platform.post('/auth/register', person('sneaky@example.com', { role: 'ADMIN' }));
      expect(asked).toMatchObject(problem(400, 'http.invalid-request'));
      const roles = await platform.post('/auth/register', person('sneaky@example.com', { roles: ['ADMIN'] }));
      expect(roles).toMatchObject(problem(400, 'http.invalid-request'));
      expect((await find('text=sneaky')).items).toEqual([]);
      const { user } = await platform.signedIn('deputy@example.com');
      await act(user.id, 'roles', { grant: ['ADMIN'] });
      const deputy = await platform.signIn('deputy@example.com');
      expect((await platform.request('GET', '/users', deputy.accessToken)).status).toBe(200);
      await act(user.id, 'roles', { revoke: ['ADMIN'] });
      await dead(deputy);
      expect(
        (await platform.request('GET', '/users', (await platform.signIn('deputy@example.com')).accessToken)).status,
      ).toBe(403);
    });

    it('and the rest of one’s own account are another administrator’s affair', async () => {
      const root = await platform.signIn('root@example.com');
      for (const [what, body] of [
        ['suspend', {}],
        ['roles', { revoke: ['ADMIN'], grant: ['STUDENT'] }],
        ['sign-out', {}],
        ['two-factor/reset', {}],
      ] as const)
        expect(await act(root.user.id, what, body, root.accessToken)).toMatchObject(
          problem(403, 'identity.own-account'),
        );
    });
  });

  describe('the last active administrator', () => {
    it('stays, also when two put each other out at the same moment on two instances', async () => {
      const another = await platform.another();
      const services = [app(), another.app].map((instance) => instance.get(AdministrationService));
      const [here, there] = services as [AdministrationService, AdministrationService];
      const { user: root } = await platform.signIn('root@example.com');
      const { user: second } = await platform.signedIn('second@example.com');
      const appoint = { adminId: 'root', reason, grant: ['ADMIN' as const], revoke: [] };
      const dismiss = { adminId: 'root', reason, grant: ['STUDENT' as const], revoke: ['ADMIN' as const] };
      try {
        for (let round = 0; round < 12; round += 1) {
          for (const { id } of [root, second]) {
            await here.changeRoles(id, appoint);
            await here.reinstate(id, { adminId: 'root', reason }).catch(() => undefined); // when it was not suspended
          }
          const outcomes = await Promise.allSettled([
            round % 2 === 0 ? here.suspend(root.id, dismiss) : here.changeRoles(root.id, dismiss),
            round % 3 === 0 ? there.suspend(second.id, dismiss) : there.changeRoles(second.id, dismiss),
          ]);
          const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
          expect(refused).toMatchObject([{ code: 'identity.last-administrator' }]);
          expect(await app().get(AccountsStore).activeAdministrators()).toHaveLength(1);
        }
      } finally {
        await here.changeRoles(root.id, appoint);
        await here.reinstate(root.id, { adminId: 'root', reason }).catch(() => undefined);
        await here.changeRoles(second.id, dismiss);
        await another.close();
      }
    });

    it('cannot go, but does not have to stay because of one whose parting was begun and never written', async () => {
      const { user } = await platform.signedIn('third@example.com');
      await act(user.id, 'roles', { grant: ['ADMIN'] });
      const third = await platform.signIn('third@example.com');
      const rootId = (await platform.signIn('root@example.com')).user.id;
      const seen = await app().get(AccountsStore).getWithVersion(user.id);
      const leaving = [{ accountId: user.id, version: seen?.version ?? 0, at: platform.clock.now() }];
      await app()
        .get(AdministratorsStore)
        .change(ALL, () => changed({ id: ALL, leaving }));
      expect(await act(rootId, 'suspend', {}, third.accessToken)).toMatchObject(
        problem(409, 'identity.last-administrator'),
      );
      platform.clock.advance(10_000);
      expect((await act(rootId, 'suspend', {}, third.accessToken)).status).toBe(204);
      expect((await act(rootId, 'reinstate', {}, third.accessToken)).status).toBe(204);
      expect((await act(user.id, 'roles', { revoke: ['ADMIN'] })).status).toBe(204);
    });
  });

  it('signing somebody out ends all sessions, and they may sign in again', async () => {
    const email = 'out@example.com';
    const [laptop, phone] = [await platform.signedIn(email), await platform.signIn(email, 'Phone')];
    expect((await act(laptop.user.id, 'sign-out')).status).toBe(204);
    expect([(await refresh(laptop)).status, (await refresh(phone)).status]).toEqual([401, 401]);
    for (const tokens of [laptop, phone]) await dead(tokens);
    expect(await platform.told(signedOutByAdmin.type, email)).toMatchObject([{ reason }]);
    expect((await signIn(email)).status).toBe(200);
  });

  it('what a crash left of the sessions is ended by the events, which touch none that began since', async () => {
    const { service } = platform;
    type Left = (
      data: typeof base,
      at: string,
      about: { id: string; subject: string; version: number },
    ) => Promise<void>;
    const base = { userId: '', email: '', firstName: 'Ada', adminId: 'root', reason };
    const roles = { lastName: 'Lovelace', roles: ['STUDENT' as const], granted: [], revoked: ['ADMIN' as const] };
    const events: Left[] = [
      (data, suspendedAt, about) => service.deliver(accountSuspended, { ...data, suspendedAt }, about),
      (data, changedAt, about) => service.deliver(rolesChanged, { ...data, ...roles, changedAt }, about),
      (data, signedOutAt, about) => service.deliver(signedOutByAdmin, { ...data, signedOutAt }, about),
    ];
    for (const [n, tell] of events.entries()) {
      const email = `crash${n}@example.com`;
      const old = await platform.signedIn(email);
      const at = platform.clock.now().toISOString();
      platform.clock.advance(1_000);
      const since = await platform.signIn(email, 'Phone');
      const about = { id: newId(), subject: old.user.id, version: 9 };
      for (let times = 0; times < 3; times += 1) await tell({ ...base, userId: old.user.id, email }, at, about);
      expect([(await refresh(old)).status, (await refresh(since)).status]).toEqual([401, 200]);
    }
  });

  it('a suspension whose sessions a crash left ends also those that another clock says began after it', async () => {
    const email = 'skew@example.com';
    const { user } = await platform.signedIn(email);
    const at = platform.clock.now();
    platform.clock.advance(5_000);
    const skewed = await platform.signIn(email, 'Phone');
    await app()
      .get(AccountsStore)
      .change(user.id, (account) => {
        if (!account) throw new Error('gone');
        return { ...suspend(account, { adminId: 'root', reason }, at), events: [] }; // as if all died right here
      });
    const data = { userId: user.id, email, firstName: 'Ada', adminId: 'root', reason, suspendedAt: at.toISOString() };
    await platform.service.deliver(accountSuspended, data, { subject: user.id });
    expect((await app().get(SessionsService).list(user.id, { limit: 10 })).items).toEqual([]);
    await dead(skewed);
  });

  describe.each([
    ['POST', 'suspend'],
    ['POST', 'reinstate'],
    ['POST', 'roles'],
    ['POST', 'sign-out'],
    ['POST', 'two-factor/reset'],
  ])('%s /users/:userId/%s', (_method, what) => {
    it('asks for an administrator, a reason and a fresh proof, and knows no account that is not there', async () => {
      const { accessToken, user } = await platform.signedIn(`${what.replace('/', '-')}@asks.example`);
      const path = `/users/${user.id}/${what}`;
      expect(await platform.post(path, { reason })).toMatchObject(problem(401, 'http.not-signed-in'));
      expect(await platform.post(path, { reason }, accessToken)).toMatchObject(problem(403, 'http.not-allowed'));
      const token = await admin();
      for (const body of [{}, { reason: '  ' }, { reason, more: 1 }])
        expect(await platform.post(path, body, token)).toMatchObject(problem(400, 'http.invalid-request'));
      expect(await act('nobody', what, {}, token)).toMatchObject(problem(404, 'identity.account-not-found'));
      platform.clock.advance(11 * 60_000);
      expect(await act(user.id, what, {}, token)).toMatchObject(problem(401, 'http.step-up-required'));
    });
  });
});
