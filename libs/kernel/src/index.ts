export { type Change, type DomainEvent, type Timer, type Timers, changed, unchanged } from './change.js';
export { Clock, SystemClock } from './clock.js';
export { newId, timeOfId } from './ids.js';
export { type Money, add, exponentOf, formatMoney, isCurrency, money, subtract } from './money.js';
export { Refusal, type RefusalKind, type RefusalMaker, defineRefusals } from './refusal.js';
export { plainLine } from './plain-line.js';
