import { setTimeout as pause } from 'node:timers/promises';

/** Tries again until it no longer throws; like that of @lyceum/testing, which is above this library. */
export async function eventually<T>(check: () => T | Promise<T>, within = 10_000): Promise<T> {
  const end = Date.now() + within;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() >= end) throw error;
      await pause(20);
    }
  }
}
