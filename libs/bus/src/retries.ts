import { setTimeout as delay } from 'node:timers/promises';
import type { Delivery } from './bus.js';
import { ContractBroken, type Failure, Late, recordFailure, withinTime } from './failure.js';

/** So many attempts follow each other in the process that has the message, before it waits elsewhere. */
export const ATTEMPTS_AT_ONCE = 3;
const pauseMs = 10;

/** How far a delay may be from the configured one, as a part of it. */
export const JITTER = 0.2;

/** What follows a failed attempt: another one at once, or after so many ms, or none. */
export type Next = 'at once' | 'park' | number;

/** How often an event is tried in all. */
export const attemptsIn = (delays: readonly number[]): number => ATTEMPTS_AT_ONCE + delays.length;

/**
 * Decides what follows the failed `attempt` (1 for the first). A broken contract is parked. One that took too long is not
 * repeated at once: its work may still go on.
 */
export function nextAfter(error: unknown, attempt: number, delays: readonly number[]): Next {
  if (error instanceof ContractBroken || attempt >= attemptsIn(delays)) return 'park';
  if (attempt < ATTEMPTS_AT_ONCE && !(error instanceof Late)) return 'at once';
  return delays[Math.max(0, attempt - ATTEMPTS_AT_ONCE)] ?? 'at once';
}

export interface Handling {
  readonly delivery: Omit<Delivery, 'attempt' | 'lastAttempt'>;
  /** What happened to it before. */
  readonly earlier: Failure | undefined;
  readonly handle: (delivery: Delivery) => Promise<void>;
  readonly delays: readonly number[];
  readonly timeoutMs: number;
  readonly service: string;
  /** Whether it is still ours to try: a message of a lost connection is somebody else's. */
  readonly isOurs?: () => boolean;
}

/** Where a failed message goes: into the dead letters, or aside for so many ms. */
export interface Verdict {
  readonly failure: Failure;
  readonly waitMs: number | undefined;
}

/** Handles a message, several times at once if need be. Resolves with undefined when that has succeeded. */
export async function handled(handling: Handling): Promise<Verdict | undefined> {
  const { delivery, handle, delays, timeoutMs, service } = handling;
  const late = `${service} took longer than ${timeoutMs} ms to handle ${delivery.event.type}`;
  let failure = handling.earlier;
  for (;;) {
    const attempt = (failure?.attempts ?? 0) + 1;
    try {
      await withinTime(handle({ ...delivery, attempt, lastAttempt: attempt >= attemptsIn(delays) }), timeoutMs, late);
      return undefined;
    } catch (error) {
      failure = recordFailure(error, attempt, new Date(), failure);
      const next = nextAfter(error, attempt, delays);
      const again = next === 'at once' && handling.isOurs?.() !== false;
      if (!again) return { failure, waitMs: typeof next === 'number' ? next : undefined };
      await delay(pauseMs * (1 + Math.random()));
    }
  }
}
