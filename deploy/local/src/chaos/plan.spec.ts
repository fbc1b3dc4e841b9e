import { type Fault, planOf, processNames, sizes } from './plan.js';

const killed = (faults: readonly { fault: Fault }[]) =>
  faults.flatMap(({ fault }) => (fault.kind === 'kill' ? fault.victims : []));

describe('the plan of a run', () => {
  it.each(sizes)('is the same for the same seed, and another for another one: %s', (size) => {
    expect(planOf(size, 7)).toEqual(planOf(size, 7));
    expect(planOf(size, 8)).not.toEqual(planOf(size, 7));
  });

  it.each(sizes)('has every learner buy every course once, in the order of time: %s', (size) => {
    const { purchases, learners, courses } = planOf(size, 3);
    expect(purchases).toHaveLength({ short: 40, usual: 300, long: 500 }[size]);
    expect(new Set(purchases.map(({ learner, course }) => `${learner}-${course}`)).size).toBe(learners * courses);
    const times = purchases.map(({ at }) => at);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });

  it.each(['short', 'usual'] as const)('hurts everything in every way: %s', (size) => {
    const { faults, stripe } = planOf(size, 11);
    const victims = killed(faults);
    for (const name of processNames) expect(victims.some((victim) => victim.startsWith(`${name}/`))).toBe(true);
    expect(victims).toEqual(expect.arrayContaining(['broker', 'database', 'cache']));
    const kinds = new Set(faults.map(({ fault }) => fault.kind));
    expect([...kinds].toSorted()).toEqual(['cut', 'fill the disk', 'freeze', 'kill', 'slow']);
    expect(stripe).toMatchObject({ duplicates: 1, shuffle: true });
  });

  it('kills both instances of every service at once, and freezes one for half a minute, in the usual run', () => {
    const { faults } = planOf('usual', 5);
    for (const name of processNames)
      expect(faults.map(({ fault }) => fault)).toContainEqual({ kind: 'kill', victims: [`${name}/1`, `${name}/2`] });
    const freezes = faults.flatMap(({ fault }) => (fault.kind === 'freeze' ? [fault.forMs] : []));
    expect(Math.max(...freezes)).toBe(30_000);
  });

  it('kills at 100 points in the long run: services 40, broker 30, database 30', () => {
    const victims = killed(planOf('long', 5).faults);
    expect(victims).toHaveLength(100);
    expect(victims.filter((victim) => victim === 'broker')).toHaveLength(30);
    expect(victims.filter((victim) => victim === 'database')).toHaveLength(30);
  });

  it.each(sizes)(
    'gives work that a frozen instance holds to another one only when it could not come back: %s',
    (size) => {
      const { faults, leaseMs } = planOf(size, 9);
      const freezes = faults.flatMap(({ fault }) => (fault.kind === 'freeze' ? [fault.forMs] : []));
      expect(Math.max(0, ...freezes)).toBeLessThan(leaseMs);
    },
  );
});
