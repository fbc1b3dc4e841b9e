export { allEvents, directMessages, eventOfType } from './all-events.js';
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
export { namingFields, peopleIn, tellsPersonal, withoutPeople } from './people.js';
export { type PersonalMark, type Redaction, isNobodys, nobodysAddress, nobodysName } from './personal.js';
export * from './personal-data.js';
export { ExportedSection, erasureAsked, exportAsked, partCollected, privacyMessages } from './privacy.js';
export * from './progress.js';
export { partAsked, partRead, replayMessages } from './replay.js';
export * from './values.js';
