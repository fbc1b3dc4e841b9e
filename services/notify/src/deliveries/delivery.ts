import type { Addressee, Channel, Message } from '../messages/message.js';
import type { Occasion } from '../messages/occasions.js';

/** How far a delivery has come. One that waits for a fact to become known is pending, and due again later all the same. */
export type Standing =
  | { readonly status: 'pending'; readonly dueAt: Date; readonly waitsFor?: string }
  | { readonly status: 'sent'; readonly at: Date; readonly providerId?: string }
  | { readonly status: 'failed'; readonly at: Date; readonly reason: string };

/** One message for one person over one channel, because of one event. */
export interface Delivery {
  /** `<event id>:<channel>`, so that an event that comes again says nothing again. */
  readonly id: string;
  readonly channel: Channel;
  readonly to: Addressee;
  readonly message: Message;
  /** As identity sealed it; opened only while the mail is made, gone when it has been sent. */
  readonly sealedToken?: string | undefined;
  readonly createdAt: Date;
  /** How often it was taken in hand. */
  readonly attempts: number;
  readonly standing: Standing;
  readonly lastError?: string | undefined;
  readonly forgetAt?: Date | undefined;
}

/** What became of one attempt. */
export type Outcome =
  | { readonly kind: 'sent'; readonly providerId?: string }
  /** Nothing is wrong, but a fact is not known yet: `user:<id>` or `course:<id>`. */
  | { readonly kind: 'unknown'; readonly waitsFor: string }
  | { readonly kind: 'later'; readonly error: string; readonly afterMs?: number }
  | { readonly kind: 'never'; readonly reason: string };

/** What is written down after an attempt; a field that is undefined is taken away. */
export interface Verdict {
  readonly standing: Standing;
  readonly lastError?: string | undefined;
  readonly sealedToken?: undefined;
  readonly forgetAt?: Date;
}

const second = 1_000;
const hour = 3_600 * second;
const day = 24 * hour;
/** How long we go on trying. */
export const patience = 3 * day;
/** News older than this is no news: a replay of old events writes to nobody. Shorter than what is kept, so nothing comes twice. */
export const newsAge = 30 * day;
const kept = 90 * day;

export function deliveryId(eventId: string, { channel, to }: Pick<Occasion, 'channel' | 'to'>): string {
  return to.kind === 'instructor' ? `${eventId}:${channel}:instructor` : `${eventId}:${channel}`;
}

export function begin(eventId: string, { channel, to, message, sealedToken }: Occasion, at: Date): Delivery {
  const id = deliveryId(eventId, { channel, to });
  const standing: Standing = { status: 'pending', dueAt: at };
  return { id, channel, to, message, sealedToken, createdAt: at, attempts: 0, standing };
}

/** When to try again after so many attempts, in ms: doubling from a second to an hour, and not for all at the same moment. */
export function pause(attempts: number, chance: number): number {
  const most = Math.min(hour, second * 2 ** Math.min(attempts - 1, 20));
  return Math.round(most * (0.75 + chance / 2));
}

/**
 * Decides what follows from an attempt.
 * @param chance from 0 to 1, at random
 */
export function judge(delivery: Delivery, outcome: Outcome, at: Date, chance: number): Verdict {
  const forgetAt = new Date(at.getTime() + kept);
  const fail = (reason: string): Verdict => ({
    standing: { status: 'failed', at, reason },
    sealedToken: undefined,
    forgetAt,
  });
  switch (outcome.kind) {
    case 'sent': {
      const { providerId } = outcome;
      const standing: Standing = { status: 'sent', at, ...(providerId === undefined ? {} : { providerId }) };
      return { standing, lastError: undefined, sealedToken: undefined, forgetAt };
    }
    case 'never':
      return fail(outcome.reason);
    case 'unknown':
    case 'later': {
      const waiting = outcome.kind === 'unknown';
      const error = waiting ? `${outcome.waitsFor} is not known` : outcome.error;
      if (at.getTime() - delivery.createdAt.getTime() >= patience) return fail(`given up: ${error}`);
      const asked = outcome.kind === 'later' ? Math.min(outcome.afterMs ?? 0, hour) : 0;
      const dueAt = new Date(at.getTime() + Math.max(pause(delivery.attempts, chance), asked));
      if (waiting) return { standing: { status: 'pending', dueAt, waitsFor: outcome.waitsFor } };
      return { standing: { status: 'pending', dueAt }, lastError: error };
    }
  }
}

/** Whether the link in it would no longer work. */
export const isStale = ({ message }: Delivery, at: Date): boolean =>
  'expiresAt' in message && new Date(message.expiresAt) <= at;
