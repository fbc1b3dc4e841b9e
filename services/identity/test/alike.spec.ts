import { compare, isAlike } from './alike.js';

/** Times with the long tail that answers have, from a seed. */
function times(count: number, seed: number, shift = 0): number[] {
  let state = seed;
  const random = () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return (state + 1) / 2_147_483_649;
  };
  return Array.from({ length: count }, () => 60 + shift - 4 * Math.log(random()) + 3 * random());
}

describe('the comparison of answer times', () => {
  it('finds series of one distribution alike', () => {
    const verdicts = Array.from({ length: 200 }, (_, n) =>
      isAlike(compare(times(200, 2 * n + 1), times(200, 7_919 * n + 5))),
    );
    expect(verdicts.filter(Boolean).length).toBeGreaterThanOrEqual(199);
  });

  it.each([
    [200, 3],
    [200, 8],
    [24, 20],
    [24, 60],
  ])('notices with %i samples that one is %i ms slower', (count, shift) => {
    const verdicts = Array.from({ length: 100 }, (_, n) =>
      isAlike(compare(times(count, n + 1), times(count, n + 501, shift))),
    );
    expect(verdicts.filter(Boolean)).toHaveLength(0);
  });

  it('knows the extremes', () => {
    expect(compare([1, 2, 3, 4, 5], [1, 2, 3, 4, 5])).toMatchObject({ difference: 0, chance: expect.closeTo(1, 1) });
    expect(compare([1, 2, 3, 4, 5, 6, 7, 8], [11, 12, 13, 14, 15, 16, 17, 18]).chance).toBeLessThan(0.001);
  });
});
