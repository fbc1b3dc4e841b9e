export const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

/** The result, or undefined when it did not come before `end` (in ms since 1970). */
export async function within<T>(end: number, work: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((done) => {
    timer = setTimeout(() => done(undefined), Math.max(0, end - Date.now()));
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
