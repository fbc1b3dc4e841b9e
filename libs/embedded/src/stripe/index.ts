export { type StripeOptions, type StripeSimulator, startStripe } from './simulator.js';
export type { Faults } from './faults.js';
