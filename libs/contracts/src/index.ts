import * as billing from './billing.js';
import * as catalog from './catalog.js';
import * as enrollment from './enrollment.js';
import type { EventDefinition } from './event.js';
import * as identity from './identity.js';
import * as media from './media.js';
import * as progress from './progress.js';

export { asyncApi } from './asyncapi.js';
export * from './billing.js';
export * from './catalog.js';
export { type Difference, differences, explain, schemaOf } from './compatibility.js';
export * from './enrollment.js';
export {
  Envelope,
  type EventDefinition,
  type EventOf,
  type ReceivedEvent,
  defineEvent,
  envelop,
  schemaUri,
} from './event.js';
export * from './identity.js';
export * from './media.js';
export * from './progress.js';
export { partAsked, partRead, replayMessages } from './replay.js';
export * from './values.js';

const isDefinition = (value: unknown): value is EventDefinition =>
  typeof value === 'function' && 'type' in value && 'parse' in value;

/** Every domain event of the platform, sorted by type. */
export const allEvents: readonly EventDefinition[] = [identity, catalog, billing, enrollment, progress, media]
  .flatMap((file) => Object.values<unknown>(file))
  .filter(isDefinition)
  .sort((a, b) => a.type.localeCompare(b.type));

/** The definition of an event type, or undefined for a type that no contract names. */
export const eventOfType = (type: string): EventDefinition | undefined =>
  allEvents.find((definition) => definition.type === type);
