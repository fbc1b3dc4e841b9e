import { Interrupted, type JobContext, OperatorsService, ScheduledJobs } from '@lyceum/host';
import { newId } from '@lyceum/kernel';
import { eventually } from '@lyceum/testing';
import { z } from 'zod';
import { appoint } from '../src/accounts/account.js';
import { AccountsStore } from '../src/accounts/accounts.store.js';
import { InactivityReminders } from '../src/accounts/inactivity-reminders.service.js';
import { PASSWORD, Platform, person } from './platform.js';

const ADMIN = { ADMIN_EMAIL: 'root@example.com', ADMIN_PASSWORD: 'a lantern over the bay' };
const DAY = 86_400_000;
const context = (more: Partial<JobContext> = {}): JobContext => ({
  runId: 'r1',
  signal: new AbortController().signal,
  cursor: undefined,
  reached: () => Promise.resolve(),
  ...more,
});

jest.setTimeout(60_000);

describe('upkeep', () => {
  const platform = new Platform();
  beforeAll(() => platform.start(ADMIN), 60_000);
  afterAll(() => platform.close(), 30_000);
  const app = () => platform.service.service.app;

  async function verified(email: string): Promise<void> {
    await platform.post('/auth/register', person(email));
    await platform.post('/auth/verify-email', { token: await platform.mailedToken(email) });
  }
  /** Has a job run, and waits for it. */
  async function run(job: string) {
    const { id } = await app().get(OperatorsService).runJob('root', job);
    return eventually(async () => {
      const done = (await app().get(ScheduledJobs).latest(job, 10)).find((each) => each.id === id);
      expect(done).toMatchObject({ state: { status: 'done' } });
      return done;
    });
  }
  /** Cleans up, and counts what was removed so far: its own time may have come in between. */
  async function cleaned(): Promise<Record<string, number>> {
    await run('identity.cleanup');
    const total: Record<string, number> = {};
    for (const { counts } of await app().get(ScheduledJobs).latest('identity.cleanup', 50))
      for (const [what, count] of Object.entries(counts)) total[what] = (total[what] ?? 0) + count;
    return total;
  }
  const reminders = (email: string) =>
    platform.service.bus
      .ofType('identity.user-inactive.v1')
      .filter(({ data }) => (data as { email: string }).email === email);

  it('removes what has expired, and nothing else, also where the database does not do so by itself', async () => {
    const email = 'cleaned@example.com';
    await verified(email);
    const { accessToken } = await platform.signIn(email);
    await platform.post('/me/two-factor', {}, accessToken);
    await platform.post('/auth/forgot-password', { email: 'nobody@example.com' });
    await platform.post('/auth/sign-in', { email, password: 'wrong-password' });
    await platform.request('POST', '/auth/passkey/options');
    expect(await cleaned()).toMatchObject({ sessions: 0, recoveries: 0 });

    platform.clock.advance(3 * DAY);
    await platform.signIn(email, 'Phone');
    const counts = await cleaned();
    expect(counts).toMatchObject({ sessions: 0, unconfirmedAuthenticators: 1, recoveries: 1, passkeyChallenges: 1 });
    expect(counts['attempts']).toBeGreaterThanOrEqual(2);
    platform.clock.advance(89 * DAY);
    expect(await cleaned()).toMatchObject({ sessions: 1 });
    expect((await platform.stored()).match(/"userAgent":"Firefox"/g)).toBeNull();
    expect(await platform.stored()).toContain('"userAgent":"Phone"');
  });

  it('reminds who was away for ninety days once, and again only when they have been back', async () => {
    const email = 'away@example.com';
    const unproven = 'unproven@example.com';
    await verified(email);
    await platform.signedIn(unproven);
    const { refreshToken } = await platform.signIn(email);
    platform.clock.advance(20 * DAY);
    await platform.refresh(refreshToken);
    platform.clock.advance(80 * DAY);
    await run('identity.remind-inactive');
    expect(reminders(email)).toEqual([]);
    platform.clock.advance(11 * DAY);
    await run('identity.remind-inactive');
    await run('identity.remind-inactive');
    platform.clock.advance(200 * DAY);
    await run('identity.remind-inactive');
    await platform.told('identity.user-inactive.v1', email);
    expect(reminders(email)).toHaveLength(1);
    await platform.signIn(email);
    platform.clock.advance(91 * DAY);
    await run('identity.remind-inactive');
    await platform.told('identity.user-inactive.v1', email, 2);
    expect(reminders(email)).toHaveLength(2);
    expect(reminders(unproven)).toEqual([]);
  });

  it('goes on with the reminders where it was interrupted, and nobody is reminded twice', async () => {
    const accounts = app().get(AccountsStore);
    const emails = Array.from({ length: 130 }, (_, n) => `many-${n}@example.com`);
    for (const email of emails) {
      const { password: _, ...about } = { ...person(email), role: 'STUDENT' as const };
      const id = newId();
      await accounts.change(id, () => appoint({ ...about, id, passwordHash: 'hash' }, platform.clock.now()));
    }
    platform.clock.advance(91 * DAY);
    let cursor: string | undefined;
    const reached = async (at: string) => {
      cursor = at;
      throw new Interrupted();
    };
    const work = app().get(InactivityReminders);
    await expect(work.run(context({ reached }))).rejects.toBeInstanceOf(Interrupted);
    await work.run(context({ cursor }));
    await work.run(context()); // and even from the beginning
    await platform.told('identity.user-inactive.v1', emails.at(-1) ?? '');
    await eventually(() => expect(new Set(emails.flatMap(reminders)).size).toBe(130));
  });

  it('is seen and begun by administrators only, through the operators’ routes', async () => {
    const path = '/operations/identity/jobs';
    await platform.post('/auth/register', person('curious@example.com'));
    const learner = await platform.signIn('curious@example.com', 'Firefox', PASSWORD);
    expect(await platform.request('GET', path, learner.accessToken)).toMatchObject({ status: 403 });
    expect(await platform.post(`${path}/identity.cleanup/run`, {}, learner.accessToken)).toMatchObject({ status: 403 });
    const { accessToken } = await platform.signIn(ADMIN.ADMIN_EMAIL, 'Firefox', ADMIN.ADMIN_PASSWORD);
    const list = await platform.request('GET', path, accessToken);
    expect(list).toMatchObject({ status: 200 });
    expect(list.body).toMatchObject({
      items: expect.arrayContaining([
        expect.objectContaining({
          name: 'identity.cleanup',
          schedule: 'Sundays at 03:10 UTC',
          runs: [expect.anything()],
        }),
      ]),
    });
    const asked = await platform.post(`${path}/identity.cleanup/run`, { reason: 'disk is full' }, accessToken);
    expect(asked).toMatchObject({ status: 202, body: { runId: expect.any(String), operatorId: expect.any(String) } });
    await eventually(async () => {
      const { body } = await platform.request('GET', `${path}/identity.cleanup`, accessToken);
      const { runId } = z.object({ runId: z.string() }).parse(asked.body);
      const over = expect.objectContaining({ runId, status: 'done', finishedAt: expect.any(String) });
      expect(body).toMatchObject({ runs: expect.arrayContaining([over]) });
    });
    expect(await platform.post(`${path}/identity.nothing/run`, {}, accessToken)).toMatchObject({
      status: 404,
      body: { code: 'operations.job-not-found' },
    });
  });
});
