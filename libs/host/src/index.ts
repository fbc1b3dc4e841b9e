export { BadConfiguration, BaseConfig, CONFIG, readConfig } from './config.js';
export { refusals as operationsRefusals } from './operators/refusals.js';
export { type RebuildOptions, Rebuilds } from './rebuilds/rebuilds.js';
export { Repeating } from './repeating.js';
export { type ServiceDefinition, defineService } from './service.js';
export { type Hosting, type RunningService, configSchema, start } from './start.js';
export { run } from './run.js';
