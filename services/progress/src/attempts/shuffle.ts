/** The items in an order that the seed (a whole number of 32 bits) decides: the same seed gives the same order. */
export function shuffled<T>(items: readonly T[], seed: number): T[] {
  const next = numbersFrom(seed);
  const order = items.map((item) => ({ item, rank: next() }));
  return order.toSorted((a, b) => a.rank - b.rank).map(({ item }) => item);
}

// splitmix32: https://doi.org/10.1145/2714064.2660195
function numbersFrom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  };
}
