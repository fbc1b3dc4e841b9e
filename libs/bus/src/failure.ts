import { redactText } from '@lyceum/telemetry';

/** What is remembered of a delivery's failures, from the first to the latest. */
export interface Failure {
  readonly error: string;
  readonly stack?: string;
  readonly attempts: number;
  readonly firstFailedAt: string;
  readonly lastFailedAt: string;
}

/** A message that no later attempt can make right: a handler that rejects with it has the message parked at once. */
export class ContractBroken extends Error {
  override readonly name = 'ContractBroken';
}

// Both travel in message headers, which must fit into one AMQP frame (8 KiB at the least that brokers may agree to).
const longestError = 1_000;
const longestStack = 3_000;

const textOf = (error: unknown): string => {
  if (error instanceof Error) return `${error.name}: ${error.message}`;
  if (typeof error === 'string') return error;
  return JSON.stringify(error) ?? String(error);
};

const bounded = (text: string, longest: number): string => redactText(text).slice(0, longest);

// V8 puts the message in front, which may be so long that no frame is left within the bound
const framesOf = ({ stack = '', message }: Error): string => {
  const at = message === '' ? -1 : stack.indexOf(message);
  return (at < 0 ? stack : stack.slice(at + message.length)).trim();
};

/** Adds one more failed attempt to what is remembered. Texts are bounded, and secrets in them redacted. */
export function recordFailure(error: unknown, attempts: number, at: Date, earlier?: Failure): Failure {
  const stack = error instanceof Error ? framesOf(error) : undefined;
  return {
    error: bounded(textOf(error), longestError),
    ...(stack ? { stack: bounded(stack, longestStack) } : {}),
    attempts,
    firstFailedAt: earlier?.firstFailedAt ?? at.toISOString(),
    lastFailedAt: at.toISOString(),
  };
}

/** Something took longer than it may; it may still be going on. */
export class Late extends Error {
  override readonly name = 'Late';
}

/** Settles like `work`, or rejects with {@link Late} after `ms`; the work itself goes on. */
export async function withinTime<T>(work: Promise<T>, ms: number, message: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Late(message)), Math.max(0, ms));
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Longest that one attempt of a handler may take, in ms: well below the half hour after which brokers give up on us. */
export const HANDLER_TIMEOUT = 60_000;
