import { type Envelope, eventOfType } from '@lyceum/contracts';

/**
 * Nobody listens to some of the published events, although their definitions expect it. All the others have arrived.
 * The events would be lost if they were forgotten now; when their subscriber has started once, they can be published.
 */
export class Unroutable extends Error {
  override readonly name = 'Unroutable';
  readonly types: readonly string[];
  /** Ids of the events that have arrived nowhere. */
  readonly ids: readonly string[];

  constructor(events: readonly Pick<Envelope, 'id' | 'type'>[]) {
    const types = [...new Set(events.map(({ type }) => type))].sort();
    super(`Nobody listens to ${types.join(', ')}`);
    this.types = types;
    this.ids = events.map(({ id }) => id);
  }
}

/** Whether an event of this type must reach somebody. */
export const mustBeHeard = (type: string): boolean => eventOfType(type)?.listeners !== 'none';
