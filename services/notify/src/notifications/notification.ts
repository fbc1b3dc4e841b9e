import type { InAppMessage } from '../messages/rendering.js';

/** What somebody finds in the app, in the order in which it became visible to them. */
export interface Notification {
  readonly id: string;
  readonly userId: string;
  /** 1 for a person's first one, then counting up without a gap: a reader who has seen n has missed nothing before it. */
  readonly number: number;
  readonly message: InAppMessage;
  readonly createdAt: Date;
  readonly readAt?: Date | undefined;
}
