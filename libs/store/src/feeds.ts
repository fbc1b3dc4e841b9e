import { AsyncLocalStorage } from 'node:async_hooks';
import type { Envelope, EventDefinition, ReceivedEvent } from '@lyceum/contracts';
import type { z } from 'zod';

/** An event type that feeds a projection, and what the projection takes from it. */
export interface Feed {
  readonly event: EventDefinition;
  /** Throws ZodError when the event breaks its contract. */
  tell(event: Envelope): Promise<unknown>;
}

/**
 * Declares what a projection takes from an event: `readonly feeds = [from(coursePublished, (event) => this.published(event))]`.
 * `tell` is what the reaction to the event calls too, as far as it writes to this projection; it writes to nothing else.
 */
export const from = <Type extends string, Schema extends z.ZodType>(
  event: EventDefinition<Type, Schema>,
  tell: (event: ReceivedEvent<Type, z.output<Schema>>) => Promise<unknown>,
): Feed => ({ event, tell: (envelope) => tell(event.parse(envelope)) });

/** A projection is told an event of the past. */
export interface Retelling {
  /** The projection: the only one that may be written to. */
  readonly collection: string;
  /** The copy that its writes go to, and to nowhere else. */
  readonly copy: string;
}

const retellings = new AsyncLocalStorage<Retelling>();

/** Does `work` in such a way that everything which it writes to the projection goes into the copy. */
export const retelling = <T>(to: Retelling, work: () => T): T => retellings.run(to, work);

/** Where a write to `collection` goes during a retelling; undefined outside of one. Throws when a feed writes elsewhere. */
export function copyBeingFilled(collection: string): string | undefined {
  const current = retellings.getStore();
  if (current && current.collection !== collection)
    throw new Error(`A feed of ${current.collection} may not write to ${collection}`);
  return current?.copy;
}
