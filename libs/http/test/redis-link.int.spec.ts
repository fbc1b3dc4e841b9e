import { Writable } from 'node:stream';
import { Metrics, createLog } from '@lyceum/telemetry';
import { RedisAway, RedisLink } from '../src/index.js';
import { type ScratchRedis, mayStartRedis, startScratchRedis } from '../src/testing.js';
import { eventually } from './eventually.js';

if (!mayStartRedis()) test('Redis: no redis-server; not run', () => expect(mayStartRedis()).toBe(false));
else
  describe('the link to Redis', () => {
    let scratch: ScratchRedis;
    let link: RedisLink;
    let said: string[];
    let metrics: Metrics;
    let returns: number;

    beforeEach(async () => {
      scratch = await startScratchRedis();
      [link, said, metrics] = await open(scratch.url);
      returns = 0;
      link.onReturn(() => (returns += 1));
    });
    afterEach(async () => {
      await link.close();
      await scratch.stop();
    });

    const set = () => link.run((redis) => redis.set('a', '1'));
    const isUp = () => eventually(async () => expect(await set()).toBe('OK'));
    /** How long it took to be told that Redis is away, in ms. */
    async function refusal(): Promise<number> {
      const began = performance.now();
      await expect(set()).rejects.toThrow(RedisAway);
      return performance.now() - began;
    }
    const gauge = async () => (await metrics.registry.metrics()).match(/^lyceum_redis_up.* (\d)$/m)?.[1];

    test('a Redis that was killed is away at once, and found again when it is back', async () => {
      await isUp();
      expect(await gauge()).toBe('1');
      await scratch.kill();
      await expect(set()).rejects.toThrow(RedisAway);
      expect(link.isUp).toBe(false);
      expect(await gauge()).toBe('0');
      await scratch.restart();
      await isUp();
      expect(await gauge()).toBe('1');
      expect(returns).toBe(1);
      expect(said).toEqual(['Redis is away; this instance does without', 'Redis is back']);
    });

    test('one that hangs costs its first askers one timeout and all others nothing, also over new connections', async () => {
      await isUp();
      scratch.freeze();
      const first = await Promise.all(Array.from({ length: 50 }, refusal));
      expect(Math.max(...first)).toBeLessThan(1_000);
      const took: number[] = [];
      const until = performance.now() + 2_000;
      while (performance.now() < until) {
        took.push(await refusal());
        await new Promise(setImmediate);
      }
      expect(took.length).toBeGreaterThan(100);
      expect(took.filter((ms) => ms > 100).length).toBeLessThan(took.length / 100); // the machine may pause, Redis must not
      scratch.thaw();
      await isUp();
      expect(returns).toBe(1);
      expect(said).toHaveLength(2);
    });

    test('a service starts without it, and finds it when it comes', async () => {
      await scratch.kill();
      const [early, lines] = await open(scratch.url);
      expect(early.isUp).toBe(false);
      await scratch.restart();
      await eventually(async () => expect(await early.run((redis) => redis.ping())).toBe('PONG'));
      expect(lines).toEqual(['Redis is away; this instance does without', 'Redis is back']);
      await early.close();
    });

    test('a service starts beside one that hangs', async () => {
      scratch.freeze();
      const began = performance.now();
      const [early] = await open(scratch.url);
      expect(performance.now() - began).toBeLessThan(3_000);
      scratch.thaw();
      await eventually(async () => expect(await early.run((redis) => redis.ping())).toBe('PONG'));
      await early.close();
    });

    test('one that answers with an error is not away, and the asker does without', async () => {
      await isUp();
      await expect(link.run((redis) => redis.incr('a').then(() => redis.lpush('a', 'x')))).rejects.toThrow(RedisAway);
      expect(link.isUp).toBe(true);
      expect(said).toContain('Redis refuses; this instance does without');
    });

    test('without a URL Redis is away for good, and nothing is said of it', async () => {
      const [none, lines] = await open(undefined);
      expect(none.isConfigured).toBe(false);
      await expect(none.run((redis) => redis.ping())).rejects.toThrow(RedisAway);
      await none.close();
      expect(lines).toEqual([]);
    });

    test('what is closed stays closed', async () => {
      await isUp();
      await link.close();
      await expect(set()).rejects.toThrow(RedisAway);
      expect(said).toEqual([]);
    });
  });

/** A link, and the warnings and news in its log. */
async function open(url: string | undefined): Promise<[RedisLink, string[], Metrics]> {
  const lines: string[] = [];
  const stream = new Writable({
    write: (chunk, _encoding, done) => {
      lines.push((JSON.parse(String(chunk)) as { message: string }).message);
      done();
    },
  });
  const log = createLog({ service: 'probe', level: 'info', format: 'json', stream });
  const metrics = new Metrics('probe', { processMetrics: false });
  return [await RedisLink.open({ url, log, metrics, lookMs: 200 }), lines, metrics];
}
