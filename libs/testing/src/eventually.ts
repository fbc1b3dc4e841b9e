import { setTimeout as pause } from 'node:timers/promises';

/**
 * Tries `check` again until it no longer throws, and gives its result.
 * @param limits in ms; by default within 10,000, every 25
 * Throws the last error, with how long was waited, when it still throws at the end.
 */
export async function eventually<T>(
  check: () => T | Promise<T>,
  { within = 10_000, every = 25 }: { within?: number; every?: number } = {},
): Promise<T> {
  const begun = Date.now();
  for (;;) {
    try {
      return await check();
    } catch (error) {
      const waited = Date.now() - begun;
      if (waited < within) {
        await pause(Math.min(every, within - waited));
        continue;
      }
      if (!(error instanceof Error)) throw error;
      error.message = `Still so after ${waited} ms: ${error.message}`;
      throw error;
    }
  }
}
