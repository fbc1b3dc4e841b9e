import { RedisLink } from '@lyceum/http';
import { Metrics, createLog } from '@lyceum/telemetry';
import { findRedis } from '@lyceum/testing';
import { Limit } from '../src/limit.js';

const log = createLog({ service: 'edge', level: 'silent', format: 'json' });
let keys = 0;
const newKey = () => `test-${process.pid}-${Date.now()}-${(keys += 1)}`;

describe('a limit that two instances count together', () => {
  let redis: Awaited<ReturnType<typeof findRedis>>;
  const links: RedisLink[] = [];

  beforeAll(async () => {
    redis = await findRedis();
    // a busy machine is not a Redis that is away
    for (const name of ['one', 'two'])
      links.push(
        await RedisLink.open({
          url: redis?.url,
          log,
          metrics: new Metrics(name, { processMetrics: false }),
          timeoutMs: 20_000,
        }),
      );
  });
  afterAll(async () => {
    for (const link of links) await link.close();
    await redis?.stop();
  });

  /** How many of `rounds` times `width` requests each instance lets pass, the instances in turn. */
  async function passed(points: number, rounds: number, width: number): Promise<number[]> {
    const key = newKey();
    const limits = links.map((link) => new Limit('test', points, link));
    const passes = limits.map(() => 0);
    for (let round = 0; round < rounds; round += 1)
      await Promise.all(
        limits.flatMap((limit, i) =>
          Array.from({ length: width }, async () => {
            const { allowed } = await limit.count(key);
            if (allowed) passes[i] = (passes[i] ?? 0) + 1;
          }),
        ),
      );
    return passes;
  }
  const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0);

  it('lets exactly as many pass as it allows, when both go on asking', async () => {
    for (const width of [1, 7, 50]) expect(sum(await passed(300, 400 / width, width))).toBe(redis ? 300 : 600);
  });

  it('is as exact for a small limit', async () => {
    expect(sum(await passed(3, 4, 2))).toBe(redis ? 3 : 6);
  });

  it('tells how many remain, also of what was counted ahead', async () => {
    const [link] = links;
    if (!link) return;
    const [limit, key] = [new Limit('test', 1_000, link), newKey()];
    const remaining: number[] = [];
    for (let n = 0; n < 40; n += 1) remaining.push((await limit.count(key)).remaining);
    expect(remaining).toEqual(Array.from({ length: 40 }, (_, n) => 999 - n));
  });

  it('leaves to the others all that one instance has not counted ahead, and that is a fiftieth at most', async () => {
    const [one, two] = links.map((link) => new Limit('test', 200, link));
    if (!one || !two) return;
    const key = newKey();
    for (let n = 0; n < 50; n += 1) await one.count(key);
    let others = 0;
    while ((await two.count(key)).allowed) others += 1;
    expect(others).toBeLessThanOrEqual(redis ? 150 : 200);
    expect(others).toBeGreaterThanOrEqual(redis ? 150 - 4 : 200);
  });
});
