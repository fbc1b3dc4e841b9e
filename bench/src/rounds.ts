/** Something that is measured beside others; gives one number for each round. */
export interface Contender {
  readonly name: string;
  measure(): Promise<number>;
}

/**
 * Measures the contenders in turn, round after round, each round in another order: what slows the machine for a while slows
 * all of them. The first round is for warming up and does not count.
 */
export async function inRounds(
  contenders: readonly Contender[],
  rounds: number,
  say: (line: string) => void,
): Promise<Map<string, number[]>> {
  const results = new Map(contenders.map(({ name }) => [name, [] as number[]]));
  for (let round = 0; round <= rounds; round += 1) {
    const order = contenders.map((_, place) => contenders[(place + round) % contenders.length]);
    for (const contender of order) {
      const value = await contender?.measure();
      if (contender && value !== undefined && round > 0) results.get(contender.name)?.push(value);
    }
    const seen = contenders.map(({ name }) => `${name} ${Math.round(results.get(name)?.at(-1) ?? 0)}`);
    if (round > 0) say(`  round ${round}: ${seen.join(', ')}`);
  }
  return results;
}
