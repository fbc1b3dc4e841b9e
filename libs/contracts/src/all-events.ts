import * as billing from './billing.js';
import * as catalog from './catalog.js';
import * as enrollment from './enrollment.js';
import type { EventDefinition } from './event.js';
import * as identity from './identity.js';
import * as media from './media.js';
import * as personalData from './personal-data.js';
import { privacyMessages } from './privacy.js';
import * as progress from './progress.js';
import { replayMessages } from './replay.js';

const isDefinition = (value: unknown): value is EventDefinition =>
  typeof value === 'function' && 'type' in value && 'parse' in value;

/** Every domain event of the platform, sorted by type. */
export const allEvents: readonly EventDefinition[] = [
  identity,
  catalog,
  billing,
  enrollment,
  progress,
  media,
  personalData,
]
  .flatMap((file) => Object.values<unknown>(file))
  .filter(isDefinition)
  .sort((a, b) => a.type.localeCompare(b.type));

/** What goes from one service's hands into another's queue, and is no event. */
export const directMessages: readonly EventDefinition[] = [...replayMessages, ...privacyMessages];

/** The definition of an event type, or undefined for a type that no contract names. */
export const eventOfType = (type: string): EventDefinition | undefined =>
  allEvents.find((definition) => definition.type === type);
