import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { reactionsOf } from '@lyceum/bus';
import { Envelope, allEvents } from '@lyceum/contracts';
import { newId } from '@lyceum/kernel';
import { eventually, goldenSamples } from '@lyceum/testing';
import { z } from 'zod';
import { type Content, chained } from '../src/audit/audit-chain.js';
import { AuditCheckpoints } from '../src/audit/audit-checkpoints.js';
import { AuditCheckpointsStore } from '../src/audit/audit-checkpoints.store.js';
import { AuditEntriesStore } from '../src/audit/audit-entries.store.js';
import { AuditVerification } from '../src/audit/audit.views.js';
import { AuditVerificationService } from '../src/audit/audit-verification.service.js';
import { auditedEvents, notSecurityRelevant } from '../src/audit/audited-events.js';
import { CheckpointKey } from '../src/audit/checkpoint-key.js';
import { Reactions } from '../src/reactions.js';
import { PASSWORD, Platform, type Tokens } from './platform.js';

const problem = (status: number, code: string) => ({ status, body: expect.objectContaining({ status, code }) });
const Shown = z.object({
  seq: z.number(),
  id: z.string(),
  action: z.string(),
  actor: z.string(),
  target: z.string().optional(),
  reason: z.string().optional(),
  facts: z.record(z.string(), z.unknown()),
});
const Page = z.object({ items: z.array(Shown), next: z.string().optional() });

jest.setTimeout(60_000);

describe('the table of the audit log', () => {
  it('has a line for every event of identity, or says that it is not relevant', () => {
    const ours = allEvents.filter(({ service }) => service === 'identity').map(({ type }) => type);
    const lines = auditedEvents.map(({ definition }) => definition.type);
    const marked = notSecurityRelevant.map(({ type }) => type);
    // red? give the event a line in audited-events.ts, or put it among those that are not relevant
    expect([...lines, ...marked].sort()).toEqual(ours.sort());
    expect(new Set(auditedEvents.map(({ action }) => action)).size).toBe(lines.length);
  });

  it('has a reaction for each of its lines', () => {
    const heard = new Set(reactionsOf(Reactions).map(({ type }) => type));
    expect(auditedEvents.filter(({ definition }) => !heard.has(definition.type))).toEqual([]);
  });

  it('lets neither names nor addresses into an entry', () => {
    for (const { definition, contentOf } of auditedEvents)
      for (const sample of goldenSamples(definition.type))
        expect(JSON.stringify(contentOf(sample))).not.toMatch(/@|Ada|Lovelace/);
  });
});

describe('the audit log', () => {
  const platform = new Platform();
  let root: Tokens;
  beforeAll(async () => {
    // signed only when a test says so
    const settings = { AUDIT_CHECKPOINT_SECONDS: '86400' };
    await platform.start({ ADMIN_EMAIL: 'root@example.com', ADMIN_PASSWORD: PASSWORD, ...settings });
    root = await platform.signIn('root@example.com');
  }, 60_000);
  afterAll(() => platform.close(), 30_000);

  const of = <T>(type: new (...args: never[]) => T): T => platform.service.service.app.get<T>(type);
  const read = async (query = '') =>
    Page.parse((await platform.request('GET', `/audit?${query}`, root.accessToken)).body).items;
  const verify = async (query = '') =>
    AuditVerification.parse((await platform.request('GET', `/audit/verify${query}`, root.accessToken)).body);
  const written = (action: string, query = '', count = 1) =>
    eventually(async () => {
      const found = await read(`action=${action}&limit=100${query}`);
      expect(found).toHaveLength(count);
      return found;
    });
  const content = (id: string, more: Partial<Content> = {}): Content => ({
    id,
    at: platform.clock.now(),
    action: 'test',
    actor: 'ada',
    facts: {},
    ...more,
  });

  describe('is written', () => {
    it('with every event of the table, once, however often it comes', async () => {
      for (const { definition, action } of auditedEvents) {
        const event = { ...Envelope.parse(goldenSamples(definition.type)[0]), id: newId() };
        for (let times = 0; times < 3; times += 1)
          await platform.service.bus.publishTo('identity', [structuredClone(event)]).catch(() => undefined);
        await Promise.all([1, 2].map(() => platform.service.bus.publishTo('identity', [event])));
        const found = (await read(`action=${action}&limit=100`)).filter(({ id }) => id === event.id);
        expect([definition.type, found.length]).toEqual([definition.type, 1]);
      }
      expect(await verify()).toMatchObject({ intact: true });
    });

    it('with what somebody does about signing in, by ids and pseudonyms alone', async () => {
      const email = 'traces@example.com';
      const { user, accessToken } = await platform.signedIn(email);
      expect((await platform.post('/auth/step-up', { password: PASSWORD }, accessToken)).status).toBe(200);
      expect((await platform.post('/auth/sign-out', {}, accessToken)).status).toBe(204);
      await written('session-ended', `&target=${user.id}`);
      const own = (await read(`target=${user.id}`)).toReversed();
      expect(own.map(({ action }) => action)).toEqual([
        'account-registered',
        'signed-in',
        'proven-again',
        'session-ended',
      ]);
      expect(own.every(({ actor }) => actor === user.id)).toBe(true);
      expect(own[1]?.facts).toMatchObject({ methods: ['pwd'], network: expect.stringMatching(/^[\w-]{22}$/) });
      expect(own[3]?.facts).toMatchObject({ because: 'signed-out', sessionId: own[1]?.facts['sessionId'] });
      const stored = await platform.raw('audit_entries', async (entries) =>
        JSON.stringify(await entries.find().toArray()),
      );
      expect(stored).not.toMatch(/@|Ada|Lovelace|127\.0\.0\.1|::1|Firefox/);
    });

    it('once when guesses first meet a delay, at an account and at an address that nobody has', async () => {
      const { user } = await platform.signedIn('guessed@example.com');
      const guess = async (email: string) => {
        for (let n = 0; n < 8; n += 1) {
          await platform.post('/auth/sign-in', { email, password: 'a wrong one' }, undefined, {
            'x-forwarded-for': '198.51.100.7',
          });
          platform.clock.advance(70_000);
        }
      };
      await guess('guessed@example.com');
      const [entry] = await written('sign-in-slowed-down', `&target=${user.id}`);
      expect(entry).toMatchObject({
        actor: 'unknown',
        facts: { what: 'password', failures: 5, network: expect.any(String) },
      });
      await guess('nobody@example.com');
      const all = await eventually(async () => {
        const found = (await read('action=sign-in-slowed-down&limit=100')).filter(
          ({ facts }) => facts['network'] === entry?.facts['network'],
        );
        expect(found).toHaveLength(2);
        return found;
      });
      expect(all.map(({ target }) => target)).toEqual([undefined, user.id]);
    });

    it('with every act of an administrator: who, to whom, and why', async () => {
      root = await platform.signIn('root@example.com');
      const { user } = await platform.signedIn('subject@example.com');
      const acts = ['suspend', 'reinstate', 'roles', 'sign-out'];
      const reason = 'x\r\n{"seq":1}\u001b[31m seen by ada@example.com';
      for (const what of acts) {
        const body = what === 'roles' ? { reason, grant: ['INSTRUCTOR'] } : { reason };
        expect((await platform.post(`/users/${user.id}/${what}`, body, root.accessToken)).status).toBe(204);
      }
      for (const action of ['account-suspended', 'account-reinstated', 'roles-changed', 'signed-out-by-admin']) {
        const [entry] = await written(action, `&target=${user.id}`);
        expect(entry).toMatchObject({
          actor: root.user.id,
          reason: 'x\\u000d\\u000a{"seq":1}\\u001b[31m seen by [address]',
        });
      }
      expect((await written('roles-changed', `&target=${user.id}`))[0]?.facts).toEqual({
        roles: ['STUDENT', 'INSTRUCTOR'],
        granted: ['INSTRUCTOR'],
        revoked: [],
      });
    });

    it('by three instances at once without a gap or a fork, each entry once', async () => {
      const others = await Promise.all([platform.another(), platform.another()]);
      try {
        const stores = [of(AuditEntriesStore), ...others.map(({ app }) => app.get(AuditEntriesStore))];
        const before = (await of(AuditEntriesStore).head()).seq;
        const ids = Array.from({ length: 60 }, () => newId());
        // each instance gets all of them, in another order and in pieces of another size
        await Promise.all(
          stores.map(async (store, n) => {
            const left = n === 1 ? ids.toReversed() : [...ids.slice(n * 7), ...ids.slice(0, n * 7)];
            while (left.length > 0) await store.append(left.splice(0, n + 1).map((id) => content(id)));
          }),
        );
        expect((await of(AuditEntriesStore).head()).seq - before).toBe(60);
        await of(AuditCheckpoints).signNow();
        expect(await verify()).toMatchObject({ intact: true, entries: before + 60 });
      } finally {
        await Promise.all(others.map((instance) => instance.close()));
      }
    });
  });

  describe('is read', () => {
    it('by actor, target, action and time, the latest first, page by page', async () => {
      const actor = newId();
      const from = platform.clock.now().toISOString();
      for (let n = 0; n < 5; n += 1) {
        await of(AuditEntriesStore).append([content(newId(), { actor, target: `t${n % 2}`, facts: { n } })]);
        platform.clock.advance(1_000);
      }
      const numbers = async (query: string) => (await read(query)).map(({ facts }) => facts['n']);
      expect(await numbers(`actor=${actor}`)).toEqual([4, 3, 2, 1, 0]);
      expect(await numbers(`actor=${actor}&target=t1`)).toEqual([3, 1]);
      expect(await numbers(`action=other&actor=${actor}`)).toEqual([]);
      const to = new Date(Date.parse(from) + 2_000).toISOString();
      expect(await numbers(`actor=${actor}&from=${from}&to=${to}`)).toEqual([1, 0]);
      const first = Page.parse((await platform.request('GET', `/audit?actor=${actor}&limit=3`, root.accessToken)).body);
      expect(await numbers(`actor=${actor}&limit=3&after=${first.next}`)).toEqual([1, 0]);
      const answer = await platform.request('GET', `/audit?actor=${actor}`, root.accessToken);
      expect(answer.headers.get('cache-control')).toBe('no-store');
    });

    it('by everybody as far as it is about oneself, without who the administrator was and why', async () => {
      const { user } = await platform.signedIn('mine@example.com');
      const reason = 'internal';
      root = await platform.signIn('root@example.com');
      await platform.post(`/users/${user.id}/sign-out`, { reason }, root.accessToken);
      await written('signed-out-by-admin', `&target=${user.id}`);
      const { accessToken } = await platform.signIn('mine@example.com');
      await written('signed-in', `&target=${user.id}`, 2);
      const { body, headers } = await platform.request('GET', '/me/security-events', accessToken);
      expect(headers.get('cache-control')).toBe('no-store');
      const { items } = z.object({ items: z.array(z.object({ action: z.string(), by: z.string() })) }).parse(body);
      expect(items.map(({ action, by }) => `${action} by ${by}`).sort()).toEqual([
        'account-registered by you',
        'session-ended by system',
        'signed-in by you',
        'signed-in by you',
        'signed-out-by-admin by administrator',
      ]);
      expect(JSON.stringify(body)).not.toMatch(new RegExp(`${root.user.id}|internal`));
    });

    it.each(['/audit', '/audit/verify', '/audit/export'])('%s by administrators alone', async (path) => {
      const { accessToken } = await platform.signedIn(`curious${path.replaceAll('/', '-')}@example.com`);
      expect(await platform.request('GET', path)).toMatchObject(problem(401, 'http.not-signed-in'));
      expect(await platform.request('GET', path, accessToken)).toMatchObject(problem(403, 'http.not-allowed'));
    });
  });

  describe('shows, to who asks, the first place where it was', () => {
    let middle: number;
    beforeEach(async () => {
      await of(AuditEntriesStore).append(Array.from({ length: 8 }, (_, n) => content(newId(), { facts: { n } })));
      platform.clock.advance(1_000);
      await of(AuditCheckpoints).signNow();
      const { intact, entries, head, checkpoint } = await verify();
      if (!intact || head.seq !== checkpoint?.seq) throw new Error('The log was not intact to begin with');
      middle = entries - 4;
    });
    type Entries = Parameters<Parameters<typeof platform.raw>[1]>[0];
    /** What is found when somebody has got into the database; afterwards all is put back. */
    async function tampered<Found>(
      work: (entries: Entries) => Promise<unknown>,
      look: () => Promise<Found>,
    ): Promise<Found> {
      const all = (collection: string) => platform.raw(collection, (rows) => rows.find().toArray());
      const kept = [
        ['audit_entries', await all('audit_entries')],
        ['audit_checkpoints', await all('audit_checkpoints')],
      ] as const;
      try {
        await platform.raw('audit_entries', work);
        return await look();
      } finally {
        for (const [name, rows] of kept)
          await platform.raw(name, async (collection) => {
            await collection.deleteMany({});
            await collection.insertMany(rows);
          });
      }
    }
    const found = async () => ({ ...(await verify()), signedUponIt: await of(AuditCheckpoints).signNow() });
    const broken = (what: string, seq: number) => ({
      intact: false,
      firstBroken: { problem: what, seq },
      signedUponIt: undefined,
    });

    it('changed', async () => {
      const change = (entries: Entries) => entries.updateOne({ seq: middle }, { $set: { actor: 'somebody else' } });
      const { firstBroken } = await tampered(change, verify);
      expect(firstBroken).toEqual({ problem: 'changed-entry', seq: middle });
    });

    it('robbed of an entry, also of the first', async () => {
      const one = await tampered((entries) => entries.deleteOne({ seq: middle }), verify);
      expect(one).toMatchObject({ entries: middle - 1, firstBroken: { problem: 'missing-entry', seq: middle } });
      const first = await tampered((entries) => entries.deleteOne({ seq: 1 }), verify);
      expect(first.firstBroken).toEqual({ problem: 'missing-entry', seq: 1 });
    });

    it('put into another order', async () => {
      const swap = async (entries: Entries) => {
        await entries.updateOne({ seq: middle }, { $set: { seq: -1 } });
        await entries.updateOne({ seq: middle + 1 }, { $set: { seq: middle } });
        await entries.updateOne({ seq: -1 }, { $set: { seq: middle + 1 } });
      };
      const { firstBroken } = await tampered(swap, verify);
      expect(firstBroken).toEqual({ problem: 'moved-entry', seq: middle });
    });

    it('cut off, or emptied, and nothing is signed upon it', async () => {
      const cut = await tampered((entries) => entries.deleteMany({ seq: { $gt: middle } }), found);
      expect(cut).toMatchObject(broken('cut-off-end', middle + 1));
      const emptied = await tampered((entries) => entries.deleteMany({}), found);
      expect(emptied).toMatchObject(broken('cut-off-end', 1));
    });

    it('written anew from some entry on, with good hashes, and nothing is signed upon it', async () => {
      const rewrite = async (entries: Entries) => {
        const from = await of(AuditEntriesStore).at(middle - 1);
        const rest = await of(AuditEntriesStore).after(middle - 1, 100);
        if (!from) throw new Error('gone');
        const forged = chained(
          from,
          rest.map((entry) => ({ ...entry, actor: 'nobody' })),
        );
        for (const { id, ...entry } of forged) await entries.updateOne({ _id: id }, { $set: entry });
      };
      expect(await tampered(rewrite, found)).toMatchObject(broken('rewritten-history', middle + 4));
    });

    it('signed by somebody else, and nothing is signed upon it', async () => {
      const { kid } = of(CheckpointKey).jwk;
      const forge = async () => {
        const stranger = await of(AuditCheckpointsStore).latest([kid]);
        const jws = String(stranger?.jws).replace(/\.[^.]+$/, `.${'A'.repeat(86)}`);
        const about = { id: newId(), seq: middle + 500, at: platform.clock.now() };
        await of(AuditCheckpointsStore).insertOnce({ ...about, kid, jws });
      };
      expect(await tampered(forge, found)).toMatchObject(broken('forged-checkpoint', middle + 500));
    });

    it('and tells operators of it until it is what was written again', async () => {
      const told = async () => {
        const lines = String((await platform.service.call('GET', '/metrics')).body).split('\n');
        const value = (name: string) =>
          Number(
            lines
              .find((line) => line.startsWith(`lyceum_identity_audit_${name}{`) && !line.includes('whole'))
              ?.split(' ')
              .at(-1),
          );
        return { broken: value('log_broken'), signedAt: value('signed_timestamp_seconds') };
      };
      const signedAt = platform.clock.now().getTime() / 1_000;
      expect(await told()).toEqual({ broken: 0, signedAt });
      const look = async () => ({ signed: await of(AuditCheckpoints).signNow(), ...(await told()) });
      const unsigned = { signed: undefined, broken: 1, signedAt };
      platform.clock.advance(60_000);
      expect(await tampered((entries) => entries.deleteMany({ seq: { $gt: middle } }), look)).toEqual(unsigned);
      expect(await look()).toEqual({ ...unsigned, broken: 0 });
      const addAltered = async (entries: Entries) => {
        const id = newId();
        await of(AuditEntriesStore).append([content(id)]);
        await entries.updateOne({ _id: id }, { $set: { actor: 'somebody else' } });
      };
      expect(await tampered(addAltered, look)).toEqual(unsigned);
      await of(AuditEntriesStore).append([content(newId())]);
      const { signed, ...after } = await look();
      expect(after).toEqual({ broken: 0, signedAt: Date.parse(signed?.at ?? '') / 1_000 });
      expect(after.signedAt).toBe(signedAt + 60);
    });

    it('also far back, at night', async () => {
      const inspect = async () => {
        await of(AuditVerificationService).inspect();
        return String((await platform.service.call('GET', '/metrics')).body);
      };
      const changeFirst = (entries: Entries) => entries.updateOne({ seq: 1 }, { $set: { actor: 'somebody else' } });
      expect(await tampered(changeFirst, inspect)).toMatch(
        /^lyceum_identity_audit_log_broken{[^}]*look="whole"[^}]*} 1$/m,
      );
      expect(await inspect()).toMatch(/^lyceum_identity_audit_log_broken{[^}]*look="whole"[^}]*} 0$/m);
    });

    it('robbed of its end and of all words about it, when somebody has kept one elsewhere', async () => {
      const kept = (await of(AuditCheckpointsStore).latest(of(CheckpointKey).kids))?.jws ?? '';
      expect(await verify(`?checkpoint=${kept}`)).toMatchObject({ intact: true });
      const strange = `/audit/verify?checkpoint=${kept.slice(0, -4)}AAAA`;
      expect(await platform.request('GET', strange, root.accessToken)).toMatchObject(
        problem(422, 'identity.checkpoint-refused'),
      );
      const rob = async (entries: Entries) => {
        await entries.deleteMany({ seq: { $gt: middle } });
        await platform.raw('audit_checkpoints', (rows) => rows.deleteMany({ seq: { $gt: middle } }));
      };
      const [within, withIt] = await tampered(rob, async () => [await verify(), await verify(`?checkpoint=${kept}`)]);
      expect(within).toMatchObject({ intact: true, entries: middle }); // nobody can tell from within
      expect(withIt?.firstBroken).toEqual({ problem: 'cut-off-end', seq: middle + 1 });
    });

    it('robbed of all words about it', async () => {
      const rob = () => platform.raw('audit_checkpoints', (rows) => rows.deleteMany({}));
      const later = async () => {
        platform.clock.advance(11 * 60_000);
        root = await platform.signIn('root@example.com');
        return verify();
      };
      expect((await tampered(rob, later)).firstBroken).toMatchObject({ problem: 'no-checkpoint' });
      expect(await verify()).toMatchObject({ intact: true });
    });
  });

  it('is signed by one instance at a time, when there is something new or an hour has gone by', async () => {
    const another = await platform.another();
    try {
      const both = () =>
        Promise.all([of(AuditCheckpoints), another.app.get(AuditCheckpoints)].map((each) => each.signNow()));
      await both();
      expect((await both()).filter(Boolean)).toEqual([]);
      await of(AuditEntriesStore).append([content(newId())]);
      const { seq } = await of(AuditEntriesStore).head();
      const signed = (await both()).filter(Boolean);
      expect(signed.length).toBeGreaterThanOrEqual(1);
      expect(signed[0]).toMatchObject({ seq });
      platform.clock.advance(3_600_000);
      expect((await both()).filter(Boolean)).not.toEqual([]);
    } finally {
      await another.close();
    }
  });

  it('is exported line by line, and verified elsewhere with nothing but that file', async () => {
    root = await platform.signIn('root@example.com');
    await of(AuditEntriesStore).append(Array.from({ length: 1_100 }, () => content(newId())));
    await of(AuditCheckpoints).signNow();
    const { body, headers, status } = await platform.request('GET', '/audit/export', root.accessToken);
    expect([status, headers.get('content-type'), headers.get('cache-control')]).toEqual([
      200,
      'application/x-ndjson',
      'no-store',
    ]);
    const lines = String(body).trimEnd().split('\n');
    const { head, key } = await verify();
    const directory = await mkdtemp(join(tmpdir(), 'audit-'));
    const check = async (changed: readonly string[], ...options: string[]) => {
      const file = join(directory, 'log.ndjson');
      await writeFile(file, `${changed.join('\n')}\n`);
      const run = promisify(execFile)(process.execPath, [resolve('tools/audit.mjs'), 'verify', file, ...options]);
      const { stdout } = await run.catch((error: unknown) => z.object({ stdout: z.string() }).parse(error));
      return JSON.parse(stdout) as unknown;
    };
    try {
      expect(await check(lines, '--key', key.kid)).toMatchObject({ intact: true, entries: head.seq, head });
      const at = lines.findIndex((line) => line.includes('"seq":700,'));
      const broken = (found: string, seq: number) => ({ intact: false, firstBroken: { problem: found, seq } });
      const edited = lines.with(at, lines[at]?.replace('"actor":"ada"', '"actor":"bob"') ?? '');
      expect(await check(edited)).toMatchObject(broken('changed-entry', 700));
      expect(await check(lines.toSpliced(at, 1))).toMatchObject(broken('missing-entry', 700));
      const swapped = lines.with(at, lines[at + 1] ?? '').with(at + 1, lines[at] ?? '');
      expect(await check(swapped)).toMatchObject({ intact: false, firstBroken: { seq: 700 } });
      expect(await check(lines.slice(0, at))).toMatchObject(broken('cut-off-end', 700));
      expect(await check(lines, '--key', 'another')).toMatchObject(broken('foreign-key', 0));
      const entry = Shown.passthrough().parse(JSON.parse(lines[at] ?? '')) as unknown;
      expect(entry).toMatchObject({ kind: 'entry', hash: expect.stringMatching(/^[0-9a-f]{64}$/) });
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });
});
