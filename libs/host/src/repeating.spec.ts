import { Repeating } from './repeating.js';

/** Bounded by the test's own time limit. */
const until = async (reached: () => boolean) => {
  while (!reached()) await new Promise((resolve) => setTimeout(resolve, 1));
};

describe('work that repeats', () => {
  const failures: unknown[] = [];
  let runs = 0;
  let atOnce = 0;
  let most = 0;
  const work = async () => {
    runs += 1;
    most = Math.max(most, (atOnce += 1));
    await new Promise((resolve) => setImmediate(resolve));
    atOnce -= 1;
    if (runs === 2) throw new Error('once');
  };
  const repeating = new Repeating(2, work, (error) => failures.push(error));
  beforeEach(() => {
    runs = 0;
    most = 0;
  });
  afterEach(() => repeating.stop());

  it('runs again and again, one run at a time, and goes on after a failure', async () => {
    repeating.start();
    await until(() => runs > 5);
    expect(most).toBe(1);
    expect(failures).toEqual([new Error('once')]);
  });
  it('runs at once when it is nudged, and once more when it was nudged meanwhile', async () => {
    const slow = new Repeating(60_000, work, () => undefined);
    slow.start();
    slow.nudge();
    slow.nudge();
    slow.nudge();
    await until(() => runs === 2);
    await slow.stop();
    expect([runs, most]).toEqual([2, 1]);
  });
  it('ends with the run that is under way', async () => {
    repeating.start();
    repeating.nudge();
    await repeating.stop();
    const before = runs;
    repeating.nudge();
    expect([atOnce, runs]).toEqual([0, before]);
  });
});
