import { Health } from './health.js';

describe('a service', () => {
  const world = { database: true, now: 0 };
  const health = () => {
    const made = new Health(
      { database: { ping: () => Promise.resolve(world.database) }, bus: { isReady: () => true } },
      { isConfigured: false, isUp: false },
      () => world.now,
    );
    made.phase = 'running';
    return made;
  };
  beforeEach(() => Object.assign(world, { database: true, now: 0 }));

  it('lives while its database is away for less than a minute, and is not ready', async () => {
    const one = health();
    world.database = false;
    expect(await one.isAlive()).toBe(true);
    world.now = 59_999;
    expect(await one.isAlive()).toBe(true);
    expect(await one.readiness()).toMatchObject({ status: 'unready' });
  });

  it('asks for a new process when it has not reached its database for a minute', async () => {
    const one = health();
    world.database = false;
    await one.isAlive();
    world.now = 60_000;
    expect(await one.isAlive()).toBe(false);
  });

  it('counts the minute anew after each answer', async () => {
    const one = health();
    world.database = false;
    await one.isAlive();
    Object.assign(world, { database: true, now: 50_000 });
    await one.isAlive();
    Object.assign(world, { database: false, now: 100_000 });
    await one.isAlive();
    world.now = 159_999;
    expect(await one.isAlive()).toBe(true);
  });

  it('is not asked for more while it starts and stops', async () => {
    const one = health();
    one.phase = 'stopping';
    world.database = false;
    await one.isAlive();
    world.now = 1_000_000;
    expect(await one.isAlive()).toBe(true);
  });
});
