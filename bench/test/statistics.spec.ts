import { median, quantile, ratios, spreadOf } from '../src/statistics.js';

describe('what the rounds say', () => {
  it('is the middle one, or what lies between the two in the middle', () => {
    expect([median([9, 1, 2]), median([4, 1, 2, 9])]).toEqual([2, 3]);
  });

  it('is for a share of them a value that was really measured', () => {
    const hundred = Array.from({ length: 100 }, (_, i) => i + 1);
    expect([0, 0.5, 0.99, 1].map((share) => quantile(hundred, share))).toEqual([1, 50, 99, 100]);
  });

  it('compares each round with its neighbour only', () => {
    expect(ratios([10, 1], [20, 2])).toEqual([0.5, 0.5]);
    expect(spreadOf(ratios([10, 1], [20, 4]))).toEqual({ median: 0.375, least: 0.25, most: 0.5 });
  });

  it('is nothing when nothing was measured, or not in the same rounds', () => {
    expect(() => quantile([], 0.5)).toThrow(RangeError);
    expect(() => ratios([1], [1, 2])).toThrow(RangeError);
  });
});
