import { decodeJwt } from 'jose';
import { z } from 'zod';
import { PASSWORD, Platform, Tokens } from './platform.js';
import { type Deviations, SoftwareAuthenticator } from '@lyceum/testing/authenticator';

const problem = (status: number, code: string) => ({ status, body: expect.objectContaining({ status, code }) });
const refused = problem(403, 'identity.passkey-refused');
const Options = z.object({ challenge: z.string(), user: z.object({ id: z.string() }).optional() });
const Passkey = z.object({ id: z.string(), name: z.string(), synchronised: z.boolean() });
const where = { origin: 'http://localhost:4000', rpId: 'localhost' };
const deviations: [string, Deviations][] = [
  ['of another origin', { origin: 'https://evil.example' }],
  ['for another domain', { rpId: 'evil.example' }],
  ['to another challenge', { challenge: 'x'.repeat(43) }],
  ['without recognition of the owner', { recognised: false }],
  ['of the other kind', { type: 'webauthn.other' }],
];

jest.setTimeout(60_000);

describe('passkeys', () => {
  const platform = new Platform();
  beforeAll(() => platform.start(), 60_000);
  afterAll(() => platform.close(), 30_000);

  const additionOptions = async (token: string) =>
    Options.parse((await platform.post('/me/passkeys/options', {}, token)).body);
  const proofOptions = async () => Options.parse((await platform.post('/auth/passkey/options', {})).body);
  const addPasskey = (token: string, answer: object, name = 'Phone') =>
    platform.post('/me/passkeys', { name, answer }, token);
  const signIn = (answer: object) => platform.post('/auth/passkey', { answer });

  async function withPasskey(email: string, synchronised = false) {
    const tokens = await platform.signedIn(email);
    const device = new SoftwareAuthenticator({ ...where, synchronised });
    const { status, body } = await addPasskey(
      tokens.accessToken,
      device.attest(await additionOptions(tokens.accessToken)),
    );
    expect(status).toBe(201);
    return { device, tokens, passkey: Passkey.parse(body) };
  }

  describe('adding one', () => {
    it('asks for a key that is found without a name and that recognises its owner, and tells the owner', async () => {
      const email = 'add@example.com';
      const { accessToken } = await platform.signedIn(email);
      const { body } = await platform.post('/me/passkeys/options', {}, accessToken);
      expect(body).toMatchObject({
        rp: { id: 'localhost' },
        attestation: 'none',
        authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
        excludeCredentials: [],
      });
      const device = new SoftwareAuthenticator(where);
      const added = await addPasskey(accessToken, device.attest(Options.parse(body)));
      expect(added).toMatchObject({ status: 201, body: { name: 'Phone', synchronised: false } });
      expect(await platform.told('identity.passkey-added.v1', email)).toMatchObject([{ name: 'Phone' }]);
      const again = await platform.post('/me/passkeys/options', {}, accessToken);
      expect(again.body).toMatchObject({ excludeCredentials: [{ id: device.id.toString('base64url') }] });
    });

    it.each(deviations)('refuses an answer %s', async (_, deviation) => {
      const { accessToken } = await platform.signedIn('wrong-answer@example.com');
      const answer = new SoftwareAuthenticator(where).attest(await additionOptions(accessToken), deviation);
      expect(await addPasskey(accessToken, answer)).toMatchObject(refused);
      expect((await platform.request('GET', '/me/passkeys', accessToken)).body).toEqual({ items: [] });
    });

    it('refuses an answer again, late, of another account, or to options that were for signing in', async () => {
      const { accessToken } = await platform.signedIn('again@example.com');
      const other = await platform.signedIn('other@example.com');
      const device = new SoftwareAuthenticator(where);
      const options = await additionOptions(accessToken);
      expect(await addPasskey(other.accessToken, device.attest(options))).toMatchObject(refused);
      expect((await addPasskey(accessToken, device.attest(options))).status).toBe(201);
      expect(await addPasskey(accessToken, new SoftwareAuthenticator(where).attest(options))).toMatchObject(refused);
      const fresh = await additionOptions(accessToken);
      expect(await addPasskey(accessToken, device.attest(fresh))).toMatchObject(refused); // it is there already
      const toProve = new SoftwareAuthenticator(where).attest(await proofOptions());
      expect(await addPasskey(accessToken, toProve)).toMatchObject(refused);
      const late = await additionOptions(accessToken);
      platform.clock.advance(300_000);
      expect(await addPasskey(accessToken, new SoftwareAuthenticator(where).attest(late))).toMatchObject(refused);
    });

    it('takes a fresh proof of who it is', async () => {
      const { accessToken } = await platform.signedIn('stolen@example.com');
      platform.clock.advance(601_000);
      expect(await platform.post('/me/passkeys/options', {}, accessToken)).toMatchObject(
        problem(401, 'http.step-up-required'),
      );
    });
  });

  describe('signing in', () => {
    it.each([
      [false, ['hwk', 'user', 'mfa']],
      [true, ['swk', 'user', 'mfa']],
    ])('takes no name and no password, and counts as two factors (synchronised: %s)', async (synchronised, amr) => {
      const email = `passwordless-${String(synchronised)}@example.com`;
      const { device, tokens } = await withPasskey(email, synchronised);
      const options = await platform.post('/auth/passkey/options', {});
      expect(options.body).toMatchObject({ rpId: 'localhost', userVerification: 'required' });
      expect(options.body).not.toHaveProperty('allowCredentials.0');
      const { status, body } = await signIn(device.assert(Options.parse(options.body)));
      expect(status).toBe(200);
      const { accessToken, user } = Tokens.parse(body);
      expect(user.id).toBe(tokens.user.id);
      expect(decodeJwt(accessToken)).toMatchObject({ acr: 'aal2', amr });
      expect((await signIn(device.assert(await proofOptions()))).status).toBe(200);
    });

    it.each(deviations)('refuses an answer %s', async (_, deviation) => {
      const { device } = await withPasskey('deviating@example.com');
      expect(await signIn(device.assert(await proofOptions(), deviation))).toMatchObject(refused);
      expect((await signIn(device.assert(await proofOptions()))).status).toBe(200);
    });

    it('refuses an answer again, late, with a changed signature, of an unknown key and in the name of another', async () => {
      const { device } = await withPasskey('replayed@example.com');
      const answer = device.assert(await proofOptions());
      const answers = await Promise.all([signIn(answer), signIn(answer), signIn(answer)]);
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
      expect(answers.filter(({ status }) => status === 403)).toHaveLength(2);
      const late = await proofOptions();
      platform.clock.advance(300_000);
      expect(await signIn(device.assert(late))).toMatchObject(refused);
      const forged = device.assert(await proofOptions());
      const { signature } = new SoftwareAuthenticator(where).assert(await proofOptions()).response;
      expect(await signIn({ ...forged, response: { ...forged.response, signature } })).toMatchObject(refused);
      expect(
        await signIn(new SoftwareAuthenticator(where).assert(await proofOptions(), { userHandle: 'dTE' })),
      ).toMatchObject(refused);
      expect(await signIn(device.assert(await proofOptions(), { userHandle: 'dTE' }))).toMatchObject(refused);
      expect(await platform.post('/auth/passkey', { answer: { id: { $ne: '' } } })).toMatchObject(
        problem(400, 'http.invalid-request'),
      );
    });

    it('refuses a copy whose counter was there before, and tells the owner once', async () => {
      const email = 'cloned@example.com';
      const { device } = await withPasskey(email);
      for (let n = 0; n < 3; n += 1) expect((await signIn(device.assert(await proofOptions()))).status).toBe(200);
      for (const counter of [1, 3, 0])
        expect(await signIn(device.assert(await proofOptions(), { counter }))).toMatchObject(refused);
      expect(await platform.told('identity.passkey-suspected.v1', email)).toMatchObject([{ name: 'Phone' }]);
      device.counter = 10;
      expect((await signIn(device.assert(await proofOptions()))).status).toBe(200);
    });
  });

  describe('stepping up', () => {
    it('by passkey makes the token strong and fresh', async () => {
      const { device, tokens } = await withPasskey('strong@example.com');
      platform.clock.advance(700_000);
      const passkey = device.assert(await proofOptions());
      const { status, body } = await platform.post('/auth/step-up', { passkey }, tokens.accessToken);
      expect(status).toBe(200);
      const { accessToken } = z.object({ accessToken: z.string() }).parse(body);
      expect(decodeJwt(accessToken)).toMatchObject({ acr: 'aal2', amr: ['pwd', 'hwk', 'user', 'mfa'] });
    });

    it('does not go by the passkey of somebody else', async () => {
      const { device } = await withPasskey('eve@example.com');
      const ada = await platform.signedIn('ada@example.com');
      const passkey = device.assert(await proofOptions());
      expect(await platform.post('/auth/step-up', { passkey }, ada.accessToken)).toMatchObject(refused);
    });
  });

  describe('keeping them', () => {
    it('lists, renames and removes them; a removed one signs nobody in', async () => {
      const email = 'keeper@example.com';
      const { device, tokens, passkey } = await withPasskey(email);
      const path = `/me/passkeys/${passkey.id}`;
      const renamed = await platform.service.call('PATCH', path, {
        body: { name: 'Work phone' },
        headers: { authorization: `Bearer ${tokens.accessToken}` },
      });
      expect(renamed).toMatchObject({ status: 200, body: { name: 'Work phone' } });
      const list = () => platform.request('GET', '/me/passkeys', tokens.accessToken);
      expect((await list()).body).toMatchObject({ items: [{ id: passkey.id, name: 'Work phone' }] });
      platform.clock.advance(601_000);
      expect(await platform.request('DELETE', path, tokens.accessToken)).toMatchObject(
        problem(401, 'http.step-up-required'),
      );
      const { body } = await platform.post('/auth/step-up', { password: PASSWORD }, tokens.accessToken);
      const { accessToken } = z.object({ accessToken: z.string() }).parse(body);
      expect((await platform.request('DELETE', path, accessToken)).status).toBe(204);
      expect(await platform.request('DELETE', path, accessToken)).toMatchObject(
        problem(404, 'identity.passkey-not-found'),
      );
      expect((await list()).body).toEqual({ items: [] });
      expect(await signIn(device.assert(await proofOptions()))).toMatchObject(refused);
      expect(await platform.told('identity.passkey-removed.v1', email)).toMatchObject([{ name: 'Work phone' }]);
    });

    it("of somebody else's looks as if there were none", async () => {
      const { passkey } = await withPasskey('owner@example.com');
      const { accessToken } = await platform.signedIn('stranger@example.com');
      expect(await platform.request('DELETE', `/me/passkeys/${passkey.id}`, accessToken)).toMatchObject(
        problem(404, 'identity.passkey-not-found'),
      );
    });
  });

  it.each([
    ['POST', '/me/passkeys/options'],
    ['POST', '/me/passkeys'],
    ['GET', '/me/passkeys'],
    ['PATCH', '/me/passkeys/x'],
    ['DELETE', '/me/passkeys/x'],
  ])('%s %s is closed without a token', async (method, path) => {
    expect(await platform.request(method, path)).toMatchObject(problem(401, 'http.not-signed-in'));
  });
});
