let end: (() => Promise<void>) | undefined;

export const whenTracingEnds = (work: () => Promise<void>): void => void (end = work);

/** Sends the spans that are still here, when tracing is on. Called last, so that those of the end itself are among them. */
export const endTracing = async (): Promise<void> => end?.();
