import { apiKeyExpiryDue } from '@lyceum/contracts';
import { EndedSessionsAnswer, ExchangedApiKey, apiKeyHash, apiKeyText, newApiKey, readApiKey } from '@lyceum/http';
import { changed } from '@lyceum/kernel';
import { eventually } from '@lyceum/testing';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { z } from 'zod';
import { AccountsStore } from '../src/accounts/accounts.store.js';
import { ApiKeysService } from '../src/api-keys/api-keys.service.js';
import { ApiKeysStore } from '../src/api-keys/api-keys.store.js';
import { Platform, type Tokens } from './platform.js';

const problem = (status: number, code: string) => ({ status, body: expect.objectContaining({ status, code }) });
const refused = problem(401, 'http.api-key-refused');
const Made = z.object({ id: z.string(), key: z.string(), expiresAt: z.string() });
const DAY = 86_400_000;

jest.setTimeout(60_000);

describe('API keys', () => {
  const platform = new Platform();
  beforeAll(() => platform.start(), 60_000);
  afterAll(() => platform.close(), 30_000);

  async function verified(email: string): Promise<Tokens> {
    await platform.signedIn(email);
    await platform.post('/auth/verify-email', { token: await platform.mailedToken(email) });
    return platform.signIn(email);
  }
  const wish = { name: 'Nightly export', scopes: ['catalog:read', 'identity:read'] };
  const ask = (tokens: Tokens, more: object = {}) =>
    platform.post('/me/api-keys', { ...wish, ...more }, tokens.accessToken);
  const make = async (tokens: Tokens, more: object = {}) => Made.parse((await ask(tokens, more)).body);
  const exchange = (key: string, from = '192.0.2.7') =>
    platform.post('/api-keys/exchange', { key }, undefined, { 'x-forwarded-for': from });
  const exchanged = async (key: string) => ExchangedApiKey.parse((await exchange(key)).body);
  const list = async (tokens: Tokens) => (await platform.request('GET', '/me/api-keys', tokens.accessToken)).body;
  const revoke = (tokens: Tokens, id: string) => platform.request('DELETE', `/me/api-keys/${id}`, tokens.accessToken);
  /** Everything that the other services are told, page by page. */
  async function endedSessions(): Promise<readonly string[]> {
    const all: string[] = [];
    for (let since: string | undefined, more = true; more;) {
      const query = since === undefined ? '' : `?since=${since}`;
      const { body } = await platform.request('GET', `/.well-known/ended-sessions${query}`);
      const answer = EndedSessionsAnswer.parse(body);
      all.push(...answer.sessions);
      ({ next: since, more } = answer);
    }
    return all;
  }

  describe('making one', () => {
    it('shows it this once, and keeps only a hash', async () => {
      const email = 'maker@example.com';
      const ada = await verified(email);
      const answer = await ask(ada);
      expect([answer.status, answer.headers.get('cache-control')]).toEqual([201, 'no-store']);
      const { id, key } = Made.parse(answer.body);
      expect(answer.body).toMatchObject({
        ...wish,
        hint: `lyk_${id}_…${key.slice(-4)}`,
        expiresAt: new Date(platform.clock.now().getTime() + 90 * DAY).toISOString(),
      });
      const secret = readApiKey(key)?.secret ?? '';
      const stored = await platform.stored();
      expect(stored).toContain(apiKeyHash(secret));
      expect(stored).not.toContain(secret);
      expect(JSON.stringify(await list(ada))).not.toContain(secret);
      const [event] = await platform.told('identity.api-key-created.v1', email);
      expect(event).toMatchObject({ keyId: id, name: 'Nightly export', scopes: wish.scopes });
      expect(JSON.stringify(event)).not.toContain(secret);
    });

    it('asks for a proven address and a fresh proof of who it is', async () => {
      const unverified = await platform.signedIn('unverified@example.com');
      expect(await ask(unverified)).toMatchObject(problem(403, 'http.email-not-verified'));
      const ada = await verified('fresh@example.com');
      expect(await platform.post('/me/api-keys', wish)).toMatchObject(problem(401, 'http.not-signed-in'));
      platform.clock.advance(11 * 60_000);
      expect(await ask(ada)).toMatchObject(problem(401, 'http.step-up-required'));
    });

    it.each([
      {},
      { name: '' },
      { name: 'x'.repeat(101) },
      { scopes: [] },
      { scopes: ['catalog:delete'] },
      { scopes: ['edge:read'] },
      { scopes: ['catalog:read', 'catalog:read'] },
      { roles: [] },
      { roles: ['ROOT'] },
      { expiresInDays: 0 },
      { expiresInDays: 366 },
      { expiresInDays: 1.5 },
      { secret: 'mine' },
    ])('refuses %j', async (more) => {
      const ada = await platform.signIn('maker@example.com');
      const body = Object.keys(more).length === 0 ? {} : { ...wish, ...more };
      expect(await platform.post('/me/api-keys', body, ada.accessToken)).toMatchObject(
        problem(400, 'http.invalid-request'),
      );
    });

    it('gives none what its owner may not do', async () => {
      const ada = await platform.signIn('maker@example.com');
      for (const more of [{ scopes: ['operations:read'] }, { roles: ['ADMIN'] }])
        expect(await ask(ada, more)).toMatchObject(problem(403, 'identity.api-key-beyond-owner'));
    });

    it('forty at once makes twenty-five', async () => {
      const ada = await verified('many@example.com');
      const answers = await Promise.all(Array.from({ length: 40 }, () => ask(ada)));
      const made = answers.filter(({ status }) => status === 201);
      expect(made).toHaveLength(25);
      const others = answers.filter(({ status }) => status !== 201);
      for (const answer of others) expect(answer).toMatchObject(problem(409, 'identity.too-many-api-keys'));
      expect(z.object({ items: z.array(z.unknown()) }).parse(await list(ada)).items).toHaveLength(25);
      await revoke(ada, Made.parse(made[0]?.body).id);
      expect((await ask(ada)).status).toBe(201);
    });
  });

  describe('exchanging one', () => {
    it('gives a token of a minute that every service verifies, and that tells nothing of a proof', async () => {
      const ada = await verified('token@example.com');
      const { id, key } = await make(ada);
      const answer = await exchange(key);
      expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'no-store']);
      const { accessToken, expiresIn, sessionId } = ExchangedApiKey.parse(answer.body);
      expect(decodeProtectedHeader(accessToken)).toMatchObject({ alg: 'EdDSA', typ: 'at+jwt' });
      const claims = decodeJwt(accessToken);
      expect(claims).toEqual({
        iss: platform.service.env['JWT_ISSUER'],
        aud: platform.service.env['JWT_AUDIENCE'],
        sub: ada.user.id,
        sid: id,
        roles: ['STUDENT'],
        email_verified: true,
        scope: 'catalog:read identity:read',
        jti: expect.any(String),
        iat: expect.any(Number),
        exp: (claims.iat ?? 0) + 60,
      });
      expect([expiresIn, sessionId]).toEqual([60, id]);
      expect((await platform.request('GET', '/me', accessToken)).status).toBe(200);
    });

    it('refuses unknown, wrong, revoked and expired ones, and what is none, alike', async () => {
      const ada = await verified('alike@example.com');
      const [kept, revoked] = [await make(ada), await make(ada)];
      const brief = await make(ada, { expiresInDays: 1 });
      await revoke(ada, revoked.id);
      const [unknown, other] = [newApiKey(), newApiKey()];
      const wrong = apiKeyText({ id: kept.id, secret: other.secret }); // as somebody would guess who knows the id
      platform.clock.advance(DAY);
      const answers = [];
      for (const key of [unknown.text, wrong, revoked.key, brief.key, 'lyk_', '', other.text.slice(0, -1)])
        answers.push(await exchange(key));
      for (const answer of answers) expect(answer).toMatchObject(refused);
      const alike = answers.map(({ body }) =>
        JSON.stringify({ ...z.record(z.string(), z.unknown()).parse(body), instance: '' }),
      );
      expect(new Set(alike).size).toBe(1);
      expect((await exchange(kept.key)).status).toBe(200);
      expect(await platform.post('/api-keys/exchange', { key: { $ne: null } })).toMatchObject(
        problem(400, 'http.invalid-request'),
      );
    });

    it('acts with the roles that its owner has at that moment, narrowed where that was wished', async () => {
      const email = 'roles@example.com';
      const ada = await verified(email);
      const [all, students] = [await make(ada), await make(ada, { roles: ['STUDENT'] })];
      const roles = async (key: string) => decodeJwt((await exchanged(key)).accessToken)['roles'];
      const { app } = platform.service.service;
      const become = (to: readonly ('STUDENT' | 'INSTRUCTOR')[]) =>
        app.get(AccountsStore).change(ada.user.id, (account) => {
          if (!account) throw new Error('gone');
          return { state: { ...account, roles: to }, events: [], changed: true };
        });
      await become(['STUDENT', 'INSTRUCTOR']);
      expect([await roles(all.key), await roles(students.key)]).toEqual([['STUDENT', 'INSTRUCTOR'], ['STUDENT']]);
      await become(['INSTRUCTOR']);
      expect([await roles(all.key), await roles(students.key)]).toEqual([['INSTRUCTOR'], []]);
    });

    it('lives no longer than the key', async () => {
      const ada = await verified('brief@example.com');
      const { key } = await make(ada, { expiresInDays: 1 });
      platform.clock.advance(DAY - 20_000);
      expect((await exchanged(key)).expiresIn).toBe(20);
      platform.clock.advance(20_000);
      expect(await exchange(key)).toMatchObject(refused);
    });

    it('notes when and from where, once a minute and also for many at once', async () => {
      const ada = await verified('used@example.com');
      const { id, key } = await make(ada);
      const use = async () => {
        const { items } = z
          .object({ items: z.array(z.object({ id: z.string(), lastUse: z.unknown().optional() })) })
          .parse(await list(ada));
        return items.find((each) => each.id === id)?.lastUse;
      };
      expect(await use()).toBeUndefined();
      const first = platform.clock.now().toISOString();
      await Promise.all(Array.from({ length: 10 }, () => exchange(key, '2001:db8:1:2::7')));
      await eventually(async () => expect(await use()).toEqual({ at: first, network: '2001:db8:1:2::/64' }));
      const { app } = platform.service.service;
      const version = async () => (await app.get(ApiKeysStore).getWithVersion(ada.user.id))?.version;
      const before = await version();
      platform.clock.advance(59_000);
      await exchange(key, '192.0.2.8');
      platform.clock.advance(1_000);
      await exchange(key, '192.0.2.9');
      await eventually(async () => expect(await use()).toMatchObject({ network: '192.0.2.9' }));
      expect(await version()).toBe((before ?? 0) + 1);
    });
  });

  describe('what its token opens', () => {
    it('is what its scopes say, and nothing about credentials', async () => {
      const ada = await verified('scopes@example.com');
      const tokenOf = async (...scopes: string[]) => (await exchanged((await make(ada, { scopes })).key)).accessToken;
      const [reads, writes] = [await tokenOf('identity:read'), await tokenOf('identity:write')];
      expect((await platform.request('GET', '/me', reads)).status).toBe(200);
      const patch = (token: string) =>
        platform.service.call('PATCH', '/me', { body: { bio: 'x' }, headers: { authorization: `Bearer ${token}` } });
      expect(await patch(reads)).toMatchObject(problem(403, 'http.scope-missing'));
      expect((await patch(writes)).status).toBe(200);
      expect(await platform.request('GET', '/me', writes)).toMatchObject(problem(403, 'http.scope-missing'));
      const both = await tokenOf('identity:read', 'identity:write');
      for (const [method, path] of [
        ['POST', '/me/api-keys'],
        ['GET', '/me/api-keys'],
        ['DELETE', '/me/api-keys/x'],
        ['POST', '/me/password'],
        ['POST', '/me/email'],
        ['GET', '/me/sessions'],
        ['DELETE', '/me/sessions/x'],
        ['GET', '/me/passkeys'],
        ['PATCH', '/me/passkeys/x'],
        ['POST', '/me/passkeys/options'],
        ['GET', '/me/two-factor'],
        ['DELETE', '/me/two-factor'],
        ['POST', '/auth/step-up'],
        ['POST', '/auth/sign-out'],
        ['POST', '/auth/sign-out-everywhere'],
        ['POST', '/users/x/two-factor/reset'],
      ] as const)
        expect([path, await platform.request(method, path, both)]).toMatchObject([
          path,
          problem(403, 'http.signed-in-only'),
        ]);
    });

    it('is so for every route about credentials that there is', () => {
      const Operation = z.looseObject({ 'x-access': z.string(), 'x-scope': z.string().optional() });
      const Paths = z.record(z.string(), z.record(z.string(), Operation));
      const about = /^\/(auth|me\/(api-keys|password|email|sessions|passkeys|two-factor))(\/|$)/;
      const open = Object.entries(Paths.parse(JSON.parse(JSON.stringify(platform.service.service.openApi().paths))))
        .filter(([path]) => about.test(path))
        .flatMap(([path, operations]) => Object.entries(operations).map(([m, o]) => ({ path, m, o })))
        .filter(({ o }) => o['x-access'] !== 'public' && o['x-scope'] !== 'none');
      expect(open.map(({ m, path }) => `${m} ${path}`)).toEqual([]);
    });
  });

  describe('revoking one', () => {
    it('refuses it at once, its tokens within seconds, and tells the other services', async () => {
      const email = 'revoker@example.com';
      const ada = await verified(email);
      const [kept, gone] = [await make(ada), await make(ada)];
      const [keptToken, goneToken] = [await exchanged(kept.key), await exchanged(gone.key)];
      expect((await revoke(ada, gone.id)).status).toBe(204);
      expect(await exchange(gone.key)).toMatchObject(refused);
      await eventually(async () =>
        expect(await platform.request('GET', '/me', goneToken.accessToken)).toMatchObject(
          problem(401, 'http.token-refused'),
        ),
      );
      expect((await platform.request('GET', '/me', keptToken.accessToken)).status).toBe(200);
      const ended = await endedSessions();
      expect(ended).toContain(gone.id);
      expect(ended).not.toContain(kept.id);
      expect(await platform.told('identity.api-key-revoked.v1', email)).toMatchObject([
        { keyId: gone.id, because: 'by-owner' },
      ]);
      expect(await revoke(ada, gone.id)).toMatchObject(problem(404, 'identity.api-key-not-found'));
      expect(await list(ada)).toMatchObject({ items: [{ id: kept.id }] });
    });

    it("of somebody else's looks as if there were none", async () => {
      const [ada, eve] = [await verified('hers@example.com'), await verified('eve@example.com')];
      const { id, key } = await make(ada);
      expect(await revoke(eve, id)).toMatchObject(problem(404, 'identity.api-key-not-found'));
      expect(await revoke(eve, 'none')).toMatchObject(problem(404, 'identity.api-key-not-found'));
      expect((await exchange(key)).status).toBe(200);
      expect(await list(eve)).toEqual({ items: [] });
    });

    it('ten times at once is told once', async () => {
      const email = 'ten@example.com';
      const ada = await verified(email);
      const { id } = await make(ada);
      const answers = await Promise.all(Array.from({ length: 10 }, () => revoke(ada, id)));
      expect(answers.filter(({ status }) => status === 204)).toHaveLength(1);
      expect(await platform.told('identity.api-key-revoked.v1', email)).toHaveLength(1);
    });

    it('of all of an account’s keys is told with those of a thousand others, page by page', async () => {
      const email = 'paged@example.com';
      const ada = await verified(email);
      const made = [await make(ada), await make(ada)];
      const { app } = platform.service.service;
      const endedAt = platform.clock.now();
      const others = Array.from({ length: 1_050 }, (_, n) => `other${n}`);
      const state = { status: 'revoked', at: endedAt, because: 'by-owner' } as const;
      for (const id of others)
        await app
          .get(ApiKeysStore)
          .change(id, () => changed({ id, keys: [{ ...anyKey(id, endedAt), state }], endedAt }));
      await app.get(ApiKeysService).revokeAll(ada.user.id, 'address-change-stopped');
      await app.get(ApiKeysService).revokeAll(ada.user.id, 'address-change-stopped');
      const ended = await endedSessions();
      expect(ended).toEqual(expect.arrayContaining([...others, ...made.map(({ id }) => id)]));
      for (const { key } of made) expect(await exchange(key)).toMatchObject(refused);
      expect(await platform.told('identity.api-key-revoked.v1', email, 2)).toHaveLength(2);
    });

    it('happens to all of them when somebody stops a change of the address that was not theirs', async () => {
      const email = 'stopped@example.com';
      const ada = await verified(email);
      const { key } = await make(ada);
      await platform.post('/me/email', { newEmail: 'elsewhere@example.com' }, ada.accessToken);
      const token = await platform.mailedToken(email, 1, 'identity.email-change-announced.v1');
      expect((await platform.post('/auth/stop-email-change', { token })).status).toBe(204);
      expect(await exchange(key)).toMatchObject(refused);
    });
  });

  it('those of an account that is erased are refused, told to have ended, and forgotten', async () => {
    const email = 'erased@example.com';
    const ada = await verified(email);
    const { id, key } = await make(ada, { name: 'Canary of the garden' });
    await exchange(key, '198.51.100.77');
    const { app } = platform.service.service;
    await eventually(async () => expect(await platform.stored()).toContain('198.51.100.77'));
    await app.get(ApiKeysService).erase(ada.user.id);
    await app.get(ApiKeysService).erase(ada.user.id);
    expect(await exchange(key)).toMatchObject(refused);
    expect(await endedSessions()).toContain(id);
    const { keys, forgetAt } = (await app.get(ApiKeysStore).get(ada.user.id)) ?? {};
    expect(JSON.stringify(keys)).not.toMatch(/Canary|198\.51/);
    expect(forgetAt).toEqual(new Date(platform.clock.now().getTime() + DAY));
    expect(await ask(ada)).toMatchObject(problem(404, 'identity.account-not-found'));
  });

  it('are refused once their owner’s account is gone, and nothing brings them back', async () => {
    const ada = await verified('gone@example.com');
    const { id, key } = await make(ada);
    const { app } = platform.service.service;
    await app.get(AccountsStore).remove(ada.user.id);
    expect(await exchange(key)).toMatchObject(refused);
    await app.get(ApiKeysStore).remove(ada.user.id);
    await app.get(ApiKeysService).cutOff(ada.user.id);
    await platform.service.deliver(apiKeyExpiryDue, { userId: ada.user.id, keyId: id });
    expect(await app.get(ApiKeysStore).get(ada.user.id)).toBeUndefined();
  });

  it('cutting keys off makes their tokens void and lets the keys go on', async () => {
    const ada = await verified('cut@example.com');
    const { id, key } = await make(ada);
    const before = await exchanged(key);
    await platform.service.service.app.get(ApiKeysService).cutOff(ada.user.id);
    const after = await exchanged(key);
    expect([before.sessionId, after.sessionId]).toEqual([id, `${id}.1`]);
    await eventually(async () => expect((await platform.request('GET', '/me', before.accessToken)).status).toBe(401));
    expect((await platform.request('GET', '/me', after.accessToken)).status).toBe(200);
    expect(await endedSessions()).toContain(id);
  });

  describe('a week before one expires', () => {
    const due = (userId: string, keyId: string) =>
      platform.service.deliver(apiKeyExpiryDue, { userId, keyId }, { subject: userId });

    it('its owner is told once, however often that it is due is heard of', async () => {
      const email = 'expiring@example.com';
      const ada = await verified(email);
      const { id, expiresAt } = await make(ada, { expiresInDays: 30 });
      platform.clock.advance(23 * DAY - 60_000);
      expect(platform.service.bus.ofType(apiKeyExpiryDue.type).filter(({ data }) => isAbout(data, id))).toEqual([]);
      platform.clock.advance(120_000);
      await eventually(() =>
        expect(platform.service.bus.ofType(apiKeyExpiryDue.type).filter(({ data }) => isAbout(data, id))).toHaveLength(
          1,
        ),
      );
      await Promise.all([due(ada.user.id, id), due(ada.user.id, id)]);
      await due(ada.user.id, id);
      const told = await platform.told('identity.api-key-expiring.v1', email);
      expect(told).toMatchObject([{ keyId: id, expiresAt }]);
    });

    it('nobody is told of one that is revoked, or that is not there', async () => {
      const email = 'quiet@example.com';
      const ada = await verified(email);
      const { id } = await make(ada, { expiresInDays: 30 });
      await revoke(ada, id);
      await due(ada.user.id, id);
      await due(ada.user.id, 'none');
      await due('nobody', id);
      expect(
        platform.service.bus.ofType('identity.api-key-expiring.v1').filter(({ data }) => isAbout(data, id)),
      ).toEqual([]);
      expect(await platform.service.service.app.get(ApiKeysStore).get('nobody')).toBeUndefined();
    });
  });
});

const anyKey = (id: string, at: Date) => ({
  id,
  name: 'any',
  secretHash: '',
  lastFour: '',
  scopes: [],
  createdAt: at,
  expiresAt: new Date(at.getTime() + DAY),
  cutOffs: 0,
});

const isAbout = (data: unknown, keyId: string): boolean =>
  typeof data === 'object' && data !== null && 'keyId' in data && data.keyId === keyId;
