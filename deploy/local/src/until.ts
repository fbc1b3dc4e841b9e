import { setTimeout as wait } from 'node:timers/promises';

/** Tries until `check` no longer throws, at most for `within` ms; then throws what it threw last. */
export async function until<T>(check: () => Promise<T> | T, within = 30_000): Promise<T> {
  const deadline = Date.now() + within;
  for (let pause = 20; ; pause = Math.min(pause * 1.5, 250)) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() + pause > deadline) throw error;
      await wait(pause);
    }
  }
}
