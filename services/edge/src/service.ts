import { defineService } from '@lyceum/host';
import { ApiKeys } from './api-keys.js';
import { ApiDocument } from './api-document.js';
import { Config } from './config.js';
import { Gateway } from './gateway.js';
import { PagesController } from './pages.controller.js';
import { RateLimits } from './rate-limits.js';
import { Reference } from './reference.js';
import { refusals } from './refusals.js';

export const edge = defineService({
  name: 'edge',
  description: 'The door: routing, rate limits, headers and the API reference. No rules, no database.',
  config: Config,
  controllers: [PagesController],
  providers: [RateLimits, ApiKeys, Gateway, Reference, ApiDocument],
  publishes: [],
  refusals,
  stateful: false,
});
