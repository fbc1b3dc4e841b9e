/** Does `job` `count` times, `width` at once. */
export async function manyTimes(
  count: number,
  width: number,
  job: (number: number) => Promise<unknown>,
): Promise<void> {
  let begun = 0;
  const line = async () => {
    while (begun < count) await job((begun += 1));
  };
  await Promise.all(Array.from({ length: width }, line));
}

/** How many a second, when `work` does `count`. */
export async function rateOf(count: number, work: () => Promise<void>): Promise<number> {
  const began = performance.now();
  await work();
  return (count / (performance.now() - began)) * 1_000;
}
