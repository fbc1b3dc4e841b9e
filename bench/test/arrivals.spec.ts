import { Arrivals } from '../src/events/arrivals.js';
import { manyTimes } from '../src/many-times.js';

describe('counting work', () => {
  it('tells when the last one has arrived, also when that was before it was asked', async () => {
    const arrivals = new Arrivals();
    arrivals.expect(2);
    const told: string[] = [];
    const telling = arrivals.all().then(() => told.push('all'));
    arrivals.one();
    await Promise.resolve();
    expect(told).toEqual([]);
    arrivals.one();
    await telling;
    await arrivals.all();
    expect(told).toEqual(['all']);
  });

  it('does a job exactly as often as asked, and never more at once than asked', async () => {
    let now = 0;
    let most = 0;
    const done: number[] = [];
    await manyTimes(10, 3, async (number) => {
      most = Math.max(most, (now += 1));
      await Promise.resolve();
      now -= 1;
      done.push(number);
    });
    expect(done.toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(most).toBe(3);
  });
});
