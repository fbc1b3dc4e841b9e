import { RedisEndedSessions, RedisLink } from '@lyceum/http';
import { Metrics, createLog } from '@lyceum/telemetry';
import { type ScratchRedis, eventually, mayStartRedis, startScratchRedis } from '@lyceum/testing';
import { Redis } from 'ioredis';
import { type Answered, SlowWay, ThreeServices, type Tokens, askAlways } from './three-services.js';

/** How long Redis hangs, in ms; 10_000 in the long form. */
const FREEZE = Number(process.env['REDIS_FREEZE_MS'] ?? 3_000);

jest.setTimeout(60_000 + FREEZE);

const slowestOf = (answers: readonly Answered[]): number => Math.max(...answers.map(({ ms }) => ms));

/** Nobody was refused, and hardly anybody waited longer than a busy machine explains: `usual` is what the slowest took before. */
function expectUndisturbed(answers: readonly Answered[], usual: number): void {
  expect(answers.length).toBeGreaterThan(20);
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  const slow = answers.filter(({ ms }) => ms > 1_000 + 2 * usual);
  console.log(
    `${answers.length} requests, the slowest took ${Math.round(slowestOf(answers))} ms, without a fault ${Math.round(usual)} ms`,
  );
  expect(slow.length).toBeLessThanOrEqual(answers.length / 100);
}

/** How long a fault or a load lasts; nothing is waited for by it. */
const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));

/** How long the slowest request takes while nothing is done to anybody. */
async function usually(url: string, tokens: Tokens): Promise<number> {
  const stop = askAlways(url, tokens);
  await pause(1_000);
  return slowestOf(await stop());
}

if (!mayStartRedis()) test('Redis: no redis-server; not run', () => expect(mayStartRedis()).toBe(false));
else
  describe('with Redis', () => {
    let scratch: ScratchRedis;
    let services: ThreeServices;
    let door: string;
    let ada: Tokens;
    let people = 0;
    const somebody = () => services.signedIn(`p${(people += 1)}@example.com`);
    const sessionOf = ({ accessToken }: Tokens) =>
      (JSON.parse(Buffer.from(accessToken.split('.')[1] ?? '', 'base64url').toString()) as { sid: string }).sid;

    beforeAll(async () => {
      scratch = await startScratchRedis();
      services = await ThreeServices.start({ REDIS_URL: scratch.url });
      door = await services.door();
      ada = await services.signedIn('ada@example.com');
    }, 60_000);
    afterAll(async () => {
      await services.close();
      await scratch.stop();
    });

    /** What somebody hears who has only Redis to listen to. */
    async function listInRedis(): Promise<readonly string[]> {
      const log = createLog({ service: 'probe', level: 'silent', format: 'json' });
      const metrics = new Metrics('probe', { processMetrics: false });
      const link = await RedisLink.open({ url: scratch.url, prefix: 'lyceum:', log, metrics });
      try {
        return (await new RedisEndedSessions(link).since()).sessions;
      } finally {
        await link.close();
      }
    }

    test('who has signed out is refused by a service that only believes tokens, within five seconds', async () => {
      const [leaving, staying] = [await somebody(), await somebody()];
      expect(await services.ask(leaving)).toBe(200);
      expect(await services.signOut(leaving)).toBe(204);
      const took = await services.believedFor(leaving);
      console.log(`with Redis: refused ${Math.round(took)} ms after the sign-out`);
      expect(await services.ask(staying)).toBe(200);
      expect(await listInRedis()).toContain(sessionOf(leaving));
    });

    test('who uses a spent refresh token again has ended the session in every service', async () => {
      const stolen = await somebody();
      expect(await services.refresh(stolen)).toBe(200);
      services.clock.advance(10_100); // past the grace time
      expect(await services.refresh(stolen)).toBe(401);
      await services.believedFor(stolen);
    });

    test('killed: nobody is refused or waits, sessions go on from the database, sign-outs count; back, it is told what it missed', async () => {
      const [leaving, refreshing] = [await somebody(), await somebody()];
      const usual = await usually(`${door}/enrollments`, ada);
      const stop = askAlways(`${door}/enrollments`, ada);
      await scratch.kill();
      expect(await services.refresh(refreshing)).toBe(200);
      const newcomer = await somebody();
      expect(await services.ask(newcomer)).toBe(200);
      expect(await services.signOut(leaving)).toBe(204);
      const took = await services.believedFor(leaving);
      console.log(`Redis killed: refused ${Math.round(took)} ms after the sign-out`);
      await scratch.restart();
      await eventually(async () => expect(await listInRedis()).toContain(sessionOf(leaving)));
      const later = await somebody();
      await services.signOut(later);
      await services.believedFor(later);
      expect(await services.ask(leaving)).toBe(401);
      expectUndisturbed(await stop(), usual);
    });

    test('hanging: nobody is refused or waits, and sign-outs count', async () => {
      const leaving = await somebody();
      const usual = await usually(`${door}/enrollments`, ada);
      const stop = askAlways(`${door}/enrollments`, ada);
      await pause(200);
      scratch.freeze();
      expect(await services.signOut(leaving)).toBe(204);
      const took = await services.believedFor(leaving);
      console.log(`Redis hangs: refused ${Math.round(took)} ms after the sign-out`);
      await pause(FREEZE);
      scratch.thaw();
      await eventually(async () => expect(await listInRedis()).toContain(sessionOf(leaving)));
      expectUndisturbed(await stop(), usual);
    });

    test('emptied: nobody takes it for one that knows of no ended session, and it is filled again', async () => {
      const left = await somebody();
      await services.signOut(left);
      await services.believedFor(left);
      services.clock.advance(60_000);
      const other = await somebody();
      await services.signOut(other);
      await services.believedFor(other); // from here on the first one is no news any more that would be told again
      const client = new Redis(scratch.url);
      await client.flushall();
      client.disconnect();
      const next = await somebody();
      await services.signOut(next);
      await services.believedFor(next);
      expect(await services.ask(left)).toBe(401);
      await eventually(async () =>
        expect(await listInRedis()).toEqual(expect.arrayContaining([sessionOf(left), sessionOf(next)])),
      );
    });

    test('limits are counted together, by each door alone while Redis is away, and together again', async () => {
      const limit = { RATE_LIMIT_ADDRESS: '4' };
      const doors = [await services.door(limit), await services.door(limit)];
      const seen = async (address: string) => {
        const statuses: number[] = [];
        for (let n = 0; n < 6; n += 1)
          for (const url of doors)
            statuses.push((await fetch(`${url}/enrollments`, { headers: { 'x-forwarded-for': address } })).status);
        return statuses.filter((status) => status !== 429).length;
      };
      expect(await seen('203.0.113.1')).toBe(4);
      await scratch.kill();
      expect(await seen('203.0.113.2')).toBe(8);
      await scratch.restart();
      let address = 2;
      await eventually(async () => expect(await seen(`198.51.100.${(address += 1)}`)).toBe(4));
    });
  });

if (mayStartRedis())
  test('a slow Redis is used while it answers in time, and done without when it does not', async () => {
    const scratch = await startScratchRedis();
    const way = await SlowWay.to(scratch.port);
    const services = await ThreeServices.start({ REDIS_URL: way.url });
    try {
      const ada = await services.signedIn('ada@example.com');
      const url = `${await services.door()}/enrollments`;
      const usual = await usually(url, ada);
      for (const delay of [40, 400]) {
        const stop = askAlways(url, ada);
        way.delayMs = delay;
        const leaving = await services.signedIn(`slow-by-${delay}@example.com`);
        await services.signOut(leaving);
        expect(await services.believedFor(leaving)).toBeLessThan(5_000);
        await pause(1_000);
        expectUndisturbed(await stop(), usual);
      }
    } finally {
      await services.close();
      await way.close();
      await scratch.stop();
    }
  });

test('without Redis, who has signed out is refused everywhere within five seconds too, also while identity is away', async () => {
  const services = await ThreeServices.start({});
  try {
    const leaving = await services.signedIn('leaving@example.com');
    expect(await services.ask(leaving)).toBe(200);
    await services.signOut(leaving);
    console.log(`without Redis: refused ${Math.round(await services.believedFor(leaving))} ms after the sign-out`);
    await services.identity.service.close();
    expect(await services.ask(leaving)).toBe(401);
  } finally {
    await services.close();
  }
});
