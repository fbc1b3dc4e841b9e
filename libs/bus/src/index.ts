export {
  type Bus,
  type Consumer,
  type DeadLetter,
  type DeadLetterSelection,
  type Delivery,
  RETRY_DELAYS,
  type Subscription,
} from './bus.js';
export { ContractBroken } from './failure.js';
export { InProcessBus, type InProcessOptions } from './in-process.js';
export { On, reactionsOf } from './on.js';
export { newSealingKeys, seal, type SealingKeys, unseal } from './sealing.js';
export { RabbitBus, type RabbitOptions } from './rabbit.js';
export { type DirectMessage, EventsServer, type EventsServerOptions, direct } from './strategy.js';
export { Unroutable } from './unroutable.js';
