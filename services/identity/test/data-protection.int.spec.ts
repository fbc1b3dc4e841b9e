import { randomUUID } from 'node:crypto';
import {
  type EventDefinition,
  type ExportedSection,
  consentChanged,
  dataExportReady,
  dataExportRequested,
  erasureCancelled,
  erasureReceipts,
  erasureScheduled,
  partCollected,
  userErased,
} from '@lyceum/contracts';
import { type Answer, eventually } from '@lyceum/testing';
import { strFromU8, unzipSync } from 'fflate';
import mongoose from 'mongoose';
import { z } from 'zod';
import { PASSWORD, Platform, Tokens, person } from './platform.js';

jest.setTimeout(60_000);

const DAY = 86_400_000;
const Scheduled = z.object({ erasureId: z.string(), dueAt: z.iso.datetime() });
const Export = z.object({ exportId: z.string(), status: z.string(), missing: z.array(z.string()) });
const Receipts = z.object({
  missing: z.array(z.string()),
  completeAt: z.string().optional(),
  receipts: z.array(z.looseObject({ service: z.string() })),
});
const others = erasureReceipts.filter(({ service }) => service !== 'identity');
const confirm = 'erase my account';

describe('data protection', () => {
  const platform = new Platform();
  const admin = { ADMIN_EMAIL: 'root@example.com', ADMIN_PASSWORD: 'a lighthouse on the moor' };
  beforeAll(() => platform.start({ ...admin, PASSWORD_HASHES_WAITING: '100' }), 60_000);
  afterAll(() => platform.close());

  const of = <Data extends z.ZodType>({ type, schema }: EventDefinition<string, Data>, userId: string) =>
    platform.service.bus
      .ofType(type)
      .map(({ data }) => schema.parse(data))
      .filter((data) => z.looseObject({ userId: z.string() }).parse(data).userId === userId);
  const leave = (tokens: Tokens, body: object = { confirm }) =>
    platform.service.call('DELETE', '/me', { body, headers: { authorization: `Bearer ${tokens.accessToken}` } });
  const get = (tokens: Tokens, path: string) => platform.request('GET', path, tokens.accessToken);
  const codeOf = ({ body }: Answer) => z.looseObject({ code: z.string() }).parse(body).code;
  const bytes = async (tokens: Tokens, path: string) => {
    const response = await fetch(`${platform.service.url}${path}`, {
      headers: { authorization: `Bearer ${tokens.accessToken}` },
    });
    return {
      status: response.status,
      type: response.headers.get('content-type'),
      body: new Uint8Array(await response.arrayBuffer()),
    };
  };
  /** As another service does. */
  const sendPart = (
    exportId: string,
    userId: string,
    service: string,
    { run = 'run', index = 0, last = true, sections = [] as ExportedSection[] } = {},
  ) => platform.service.deliver(partCollected, { exportId, userId, service, run, index, sections, last });
  const answerAll = async (erasureId: string, userId: string) => {
    for (const receipt of others)
      await platform.service.deliver(receipt, {
        erasureId,
        userId,
        erased: [{ what: 'things', count: 2 }],
        kept: [{ what: 'payments', why: 'Tax law.' }],
        erasedAt: platform.clock.now().toISOString(),
      });
  };
  const passDays = (days: number) => platform.clock.advance(days * DAY);

  describe('an export', () => {
    it('is asked of everybody once at a time, three times a day, and is nobody else’s', async () => {
      const ada = await platform.signedIn('ada@example.com');
      const asked = await Promise.all([1, 2, 3, 4, 5].map(() => platform.post('/me/export', {}, ada.accessToken)));
      expect(asked.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([202, 409, 409, 409, 409]);
      const refused = asked.find(({ status }) => status === 409);
      expect(refused && codeOf(refused)).toBe('identity.export-under-way');
      const { exportId } = Export.parse(asked.find(({ status }) => status === 202)?.body);
      await eventually(() => expect(of(dataExportRequested, ada.user.id)).toMatchObject([{ exportId }]));
      expect((await get(ada, `/me/exports/${exportId}/archive`)).status).toBe(409);

      await eventually(async () => {
        const { missing } = Export.parse((await get(ada, `/me/exports/${exportId}`)).body);
        expect(missing).toEqual(others.map(({ service }) => service)); // its own part is there
      });
      for (const { service } of others) await sendPart(exportId, ada.user.id, service);
      await eventually(async () => {
        expect((await get(ada, `/me/exports/${exportId}`)).body).toMatchObject({ status: 'ready', missing: [] });
      });
      await eventually(() => expect(of(dataExportReady, ada.user.id)).toMatchObject([{ exportId, missing: [] }]));

      const eve = await platform.signedIn('eve@example.com');
      const root = await platform.signIn(admin.ADMIN_EMAIL, 'Firefox', admin.ADMIN_PASSWORD);
      for (const stranger of [eve, root])
        for (const path of [`/me/exports/${exportId}`, `/me/exports/${exportId}/archive`])
          expect((await get(stranger, path)).status).toBe(404);
      expect((await platform.request('GET', `/me/exports/${exportId}/archive`)).status).toBe(401);
    });

    it('is an archive that is read without a network, in which nothing that somebody wrote is markup', async () => {
      const bob = await platform.signedIn('bob@example.com');
      await platform.service.call('PATCH', '/me', {
        body: { bio: '<script>alert(1)</script> & "more"' },
        headers: { authorization: `Bearer ${bob.accessToken}` },
      });
      await eventually(async () => {
        const { body } = await get(bob, '/me/security-events');
        expect(body).toMatchObject({
          items: expect.arrayContaining([expect.objectContaining({ action: 'signed-in' })]),
        });
      });
      const { exportId } = Export.parse((await platform.post('/me/export', {}, bob.accessToken)).body);
      const records = (from: number) => Array.from({ length: 3 }, (_, n) => ({ note: `note ${from + n} <b>` }));
      const part = (index: number, last: boolean) => ({
        index,
        last,
        sections: [{ name: 'notes', title: 'Your notes', records: records(index * 3) }],
      });
      // the last comes first, one twice, and a run that died half-way does not mix with the other
      await sendPart(exportId, bob.user.id, 'progress', { ...part(2, true) });
      await sendPart(exportId, bob.user.id, 'progress', { ...part(0, false), run: 'dead' });
      await sendPart(exportId, bob.user.id, 'progress', { ...part(0, false) });
      await sendPart(exportId, bob.user.id, 'progress', { ...part(0, false) });
      await sendPart(exportId, bob.user.id, 'progress', { ...part(1, false) });
      await sendPart(exportId, bob.user.id, 'progress', { ...part(0, true), run: 'again' });
      for (const { service } of others) await sendPart(exportId, bob.user.id, service);
      await eventually(async () => {
        expect((await get(bob, `/me/exports/${exportId}`)).body).toMatchObject({ status: 'ready' });
      });
      expect(await platform.stored()).not.toContain('note 4');

      const archive = await bytes(bob, `/me/exports/${exportId}/archive`);
      expect(archive).toMatchObject({ status: 200, type: 'application/zip' });
      const files = Object.fromEntries(
        Object.entries(unzipSync(archive.body)).map(([name, file]) => [name, strFromU8(file)]),
      );
      expect(Object.keys(files)).toEqual(
        expect.arrayContaining([
          'README.txt',
          'index.html',
          'identity/account.json',
          'identity/events.json',
          'progress/notes.json',
        ]),
      );
      const notes: unknown = JSON.parse(files['progress/notes.json'] ?? '');
      expect(notes).toEqual([...records(0), ...records(3), ...records(6)]);
      expect(JSON.parse(files['identity/account.json'] ?? '')).toMatchObject([{ email: 'bob@example.com' }]);
      expect(files['identity/events.json']).toContain('identity.user-registered.v1');
      expect(files['identity/security-events.json']).toContain('"signed-in"');
      expect(JSON.stringify(files)).not.toMatch(/\$argon2|sealedToken|tokenHash/);
      const page = files['index.html'] ?? '';
      expect(page).toContain('bob@example.com');
      expect(page).toMatch(/<h2>media<\/h2>\n<p>There is nothing here about you/);
      expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;more&quot;');
      expect(page).toContain('note 8 &lt;b&gt;');
      expect(page).not.toMatch(/<script|<b>|src=|href=/);
    });

    it('asks again who does not answer, is ready without them in the end, and is gone after a week', async () => {
      const cleo = await platform.signedIn('cleo@example.com');
      const { exportId } = Export.parse((await platform.post('/me/export', {}, cleo.accessToken)).body);
      const silent = others.filter(({ service }) => service !== 'media');
      await sendPart(exportId, cleo.user.id, 'media');
      for (const [asked, hours] of [0.1, 1, 6].entries()) {
        platform.clock.advance(hours * 3_600_000);
        await eventually(async () => expect(await platform.stored()).toContain(`"asked":${asked + 1}`));
        expect((await get(cleo, `/me/exports/${exportId}`)).body).toMatchObject({ status: 'collecting' });
      }
      platform.clock.advance(24 * 3_600_000);
      await eventually(
        () => {
          expect(of(dataExportReady, cleo.user.id)).toMatchObject([{ missing: silent.map(({ service }) => service) }]);
        },
        { within: 20_000 },
      );
      passDays(7);
      await eventually(async () => expect(await platform.stored()).not.toContain(`${exportId}:media`), {
        within: 20_000,
      });
      const fresh = await platform.signIn('cleo@example.com');
      expect((await get(fresh, `/me/exports/${exportId}/archive`)).status).toBe(410);
    });
  });

  describe('an erasure', () => {
    it('asks for a confirmation, signs everybody out, says when it will be, and can be cancelled', async () => {
      const dora = await platform.signedIn('dora@example.com');
      expect((await leave(dora, { confirm: 'yes' })).status).toBe(400);
      const [first, second] = await Promise.all([leave(dora), leave(dora)]);
      const answers = [first, second].filter(({ status }) => status === 202);
      expect(answers.length).toBeGreaterThan(0); // the other may be signed out by then
      const { erasureId, dueAt } = Scheduled.parse(answers[0]?.body);
      expect(new Date(dueAt).getTime() - platform.clock.now().getTime()).toBeGreaterThan(13.9 * DAY);
      await eventually(() =>
        expect(of(erasureScheduled, dora.user.id)).toMatchObject([
          { erasureId, email: 'dora@example.com', by: 'owner' },
        ]),
      );
      expect((await platform.post('/auth/refresh', { refreshToken: dora.refreshToken })).status).toBe(401);

      const back = await platform.signIn('dora@example.com');
      expect((await get(back, '/me')).body).toMatchObject({ erasureDueAt: dueAt });
      const cancel = () => platform.request('DELETE', '/me/erasure', back.accessToken);
      expect((await cancel()).status).toBe(204);
      expect(codeOf(await cancel())).toBe('identity.no-erasure-scheduled');
      await eventually(() => expect(of(erasureCancelled, dora.user.id)).toHaveLength(1));
      passDays(15);
      const later = await platform.signIn('dora@example.com');
      expect((await get(later, '/me')).body).not.toHaveProperty('erasureDueAt');
      expect(of(userErased, dora.user.id)).toEqual([]);
    });

    it('leaves nothing of the account, frees its address, and is complete when every service has answered', async () => {
      const email = 'canary-erna@example.com';
      await platform.post('/auth/register', person(email, { firstName: 'Canaryfirst', lastName: 'Canarylast' }));
      const erna = await platform.signIn(email, 'canary-device');
      await platform.service.call('PATCH', '/me', {
        body: { bio: 'canary-bio', timeZone: 'Europe/Vienna' },
        headers: { authorization: `Bearer ${erna.accessToken}` },
      });
      await platform.post('/auth/forgot-password', { email });
      await platform.post('/me/email', { newEmail: 'canary-new@example.com' }, erna.accessToken);
      await platform.post('/me/export', {}, erna.accessToken);
      await platform.service.call('PUT', '/me/consents', {
        body: { purpose: 'marketing-mail', version: '1', given: true },
        headers: { authorization: `Bearer ${erna.accessToken}` },
      });
      expect(await platform.stored()).toMatch(/canary/i);
      const { erasureId } = Scheduled.parse((await leave(erna)).body);
      const inbetween = await platform.signIn(email);
      passDays(15);
      await eventually(() => expect(of(userErased, erna.user.id)).toMatchObject([{ erasureId }]), { within: 20_000 });
      const [told] = of(userErased, erna.user.id);
      expect((await platform.post('/auth/sign-in', { email, password: PASSWORD })).status).toBe(401);
      expect((await platform.post('/auth/refresh', { refreshToken: inbetween.refreshToken })).status).toBe(401);
      await eventually(async () => expect(await platform.stored()).not.toMatch(/canary/i), { within: 20_000 });

      const root = await platform.signIn(admin.ADMIN_EMAIL, 'Firefox', admin.ADMIN_PASSWORD);
      const receipts = async () => Receipts.parse((await get(root, `/erasures/${erasureId}`)).body);
      await eventually(async () => expect((await receipts()).receipts).toMatchObject([{ service: 'identity' }]));
      const metrics = async () => String((await platform.service.call('GET', '/metrics')).body);
      await eventually(async () => expect(await metrics()).toMatch(/^lyceum_erasures_waiting\{.*\} 1$/m), {
        within: 20_000,
      });
      await answerAll(erasureId, erna.user.id);
      await answerAll(erasureId, erna.user.id); // again, which changes nothing
      const { missing, completeAt, receipts: all } = await receipts();
      expect({ missing, all: all.length, complete: completeAt !== undefined }).toEqual({
        missing: [],
        all: erasureReceipts.length,
        complete: true,
      });
      const nosy = await platform.signedIn('nosy@example.com');
      expect((await get(nosy, `/erasures/${erasureId}`)).status).toBe(403);
      expect((await get(root, '/erasures/another')).status).toBe(404);
      await eventually(async () => expect((await get(inbetween, '/me')).status).toBe(401));

      // who has the link of the last mail sees it without an account; nobody can make one up
      const token = await platform.unsealed({ sealedToken: told?.sealedReceipt });
      const page = await platform.service.call('GET', `/erasure-receipt?token=${token}`);
      expect(page.status).toBe(200);
      expect(String(page.body)).toContain('Tax law.');
      expect(String(page.body)).not.toMatch(/canary/i);
      const forged = await platform.service.call('GET', `/erasure-receipt?token=${erasureId}.${'A'.repeat(43)}`);
      expect(forged.status).toBe(404);

      // everything that was ever said is said again
      for (const event of platform.service.bus.published.filter(({ data }) =>
        JSON.stringify(data).includes(erna.user.id),
      ))
        await platform.service.bus.publishTo('identity', [event]).catch(() => undefined);
      expect(await platform.stored()).not.toMatch(/canary/i);

      const anew = await platform.signedIn(email);
      expect(anew.user.id).not.toBe(erna.user.id);
    });

    it('asks for a fresh proof, and for two factors where there are two', async () => {
      const ida = await platform.signedIn('ida@example.com');
      platform.clock.advance(11 * 60_000);
      for (const tried of [
        await leave(ida),
        await platform.post('/me/export', {}, ida.accessToken),
        await get(ida, '/me/exports/any/archive'),
      ])
        expect([tried.status, codeOf(tried)]).toEqual([401, 'http.step-up-required']);
      const fresh = await platform.signIn('ida@example.com');
      const { MONGODB_URI = '', DATABASE_PREFIX = '' } = platform.service.env;
      const database = await mongoose
        .createConnection(MONGODB_URI, { dbName: `${DATABASE_PREFIX}identity` })
        .asPromise();
      const on = { status: 'on', secret: 'encrypted', since: new Date(), lastStep: 1, recoveryHashes: [] };
      await database
        .collection<{ _id: string; [field: string]: unknown }>('two_factor')
        .insertOne({ _id: ida.user.id, version: 1, shape: 1, state: on, outbox: [] });
      await database.close();
      const refused = await leave(fresh);
      expect([refused.status, codeOf(refused)]).toEqual([401, 'http.step-up-required']);
      expect(refused.body).toMatchObject({ acrValues: 'aal2' });
      expect(of(erasureScheduled, ida.user.id)).toEqual([]);
    });

    it('is an administrator’s to order, but never of the last one', async () => {
      const root = await platform.signIn(admin.ADMIN_EMAIL, 'Firefox', admin.ADMIN_PASSWORD);
      const fritz = await platform.signedIn('fritz@example.com');
      const order = { reason: 'asked for it by letter', withoutDelay: true };
      const erase = (userId: string, tokens: Tokens) =>
        platform.post(`/users/${userId}/erase`, order, tokens.accessToken);
      expect((await erase(fritz.user.id, fritz)).status).toBe(403);
      expect(codeOf(await erase(root.user.id, root))).toBe('identity.last-administrator');
      expect(codeOf(await leave(root))).toBe('identity.last-administrator');
      expect((await erase(randomUUID(), root)).status).toBe(404);
      const { erasureId } = Scheduled.parse((await erase(fritz.user.id, root)).body);
      await eventually(() => expect(of(userErased, fritz.user.id)).toHaveLength(1), { within: 20_000 });
      expect((await get(root, `/erasures/${erasureId}`)).body).toMatchObject({
        by: 'admin',
        adminId: root.user.id,
        reason: order.reason,
      });
    });
  });

  describe('consents', () => {
    it('are kept with their versions, each change on record and told', async () => {
      const gina = await platform.signedIn('gina@example.com');
      const say = (body: object) =>
        platform.service.call('PUT', '/me/consents', {
          body,
          headers: { authorization: `Bearer ${gina.accessToken}` },
        });
      const marketing = { purpose: 'marketing-mail', version: '1' };
      expect((await say({ ...marketing, given: true })).status).toBe(200);
      await Promise.all([1, 2, 3].map(() => say({ ...marketing, given: true })));
      expect((await say({ ...marketing, given: false })).status).toBe(200);
      expect(codeOf(await say({ ...marketing, version: '0', given: true }))).toBe('identity.document-outdated');
      expect(codeOf(await say({ purpose: 'terms', version: '1', given: false }))).toBe('identity.consent-needed');
      expect((await get(gina, '/me/consents')).body).toMatchObject({
        items: expect.arrayContaining([
          expect.objectContaining({
            purpose: 'marketing-mail',
            given: false,
            history: [
              expect.objectContaining({ given: false }),
              expect.objectContaining({ given: true, how: 'settings' }),
            ],
          }),
        ]),
      });
      await eventually(() => expect(of(consentChanged, gina.user.id).map(({ given }) => given)).toEqual([true, false]));
    });
  });
});

describe('an account where there are terms', () => {
  const platform = new Platform();
  beforeAll(() => platform.start({ TERMS_VERSION: '2026-10', PRIVACY_POLICY_VERSION: '7' }), 60_000);
  afterAll(() => platform.close());

  it('is opened only by who agrees to them as they are, and that is on record', async () => {
    const accepted = [
      { purpose: 'terms', version: '2026-10' },
      { purpose: 'privacy-policy', version: '7' },
    ];
    const old = [{ purpose: 'terms', version: '2025-01' }, ...accepted.slice(1)];
    for (const given of [undefined, [], old, accepted.slice(0, 1)]) {
      const { status } = await platform.post('/auth/register', person('hugo@example.com', { accepted: given }));
      expect(status).toBe(422);
    }
    expect((await platform.post('/auth/register', person('hugo@example.com', { accepted }))).status).toBe(202);
    const hugo = await platform.signIn('hugo@example.com');
    await eventually(async () => {
      const { body } = await platform.request('GET', '/me/consents', hugo.accessToken);
      const { items } = z
        .object({ items: z.array(z.looseObject({ purpose: z.string(), given: z.boolean() })) })
        .parse(body);
      expect(items.filter(({ given }) => given).map(({ purpose }) => purpose)).toEqual(['terms', 'privacy-policy']);
      expect(items[0]).toMatchObject({ history: [{ version: '2026-10', how: 'registration' }] });
    });
  });
});
