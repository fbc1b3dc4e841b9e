import { granted, isUsedUp, nextTake, noLease } from './lease.js';

describe('counting ahead', () => {
  it('a key that was not seen before is counted for the requests that wait, and for no more', () => {
    expect(nextTake({ ...noLease(), waiting: 1 }, 600)).toBe(1);
    expect(nextTake({ ...noLease(), waiting: 7 }, 600)).toBe(7);
  });

  it('the more a key asks, the more is counted ahead, up to a fiftieth of the limit and up to 20', () => {
    const lease = { ...noLease(), remaining: 10_000, waiting: 1 };
    expect([1, 2, 4, 8, 16].map((taken) => nextTake({ ...lease, taken }, 600))).toEqual([2, 4, 8, 12, 12]);
    expect(nextTake({ ...lease, taken: 16 }, 100_000)).toBe(20);
  });

  it('a small limit, and the end of every limit, is counted singly', () => {
    expect(nextTake({ ...noLease(), remaining: 20, taken: 1, waiting: 1 }, 30)).toBe(1);
    expect(nextTake({ ...noLease(), remaining: 3, taken: 12, waiting: 1 }, 600)).toBe(1);
  });

  it('of what was counted beyond the limit only the part within it may be used', () => {
    expect([granted(10, 100, 600), granted(10, 605, 600), granted(10, 610, 600), granted(10, 900, 600)]).toEqual([
      10, 5, 0, 0,
    ]);
  });

  it('a limit is reached when nothing is left and nothing is held', () => {
    expect(isUsedUp(noLease())).toBe(false);
    expect(isUsedUp({ ...noLease(), taken: 4, held: 1 })).toBe(false);
    expect(isUsedUp({ ...noLease(), taken: 4 })).toBe(true);
  });
});
