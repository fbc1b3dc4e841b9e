export { type Answer, type As, type BootOptions, type BootedService, type Call, bootService } from './booted.js';
export { dataOf } from './builders.js';
export { eventually } from './eventually.js';
export { FakeClock } from './fake-clock.js';
export { goldenSamples } from './golden.js';
export { RecordingBus } from './recording-bus.js';
export { type Issuer, type TokenClaims, startIssuer } from './tokens.js';
export { type FoundServer, dropTopologyForTests, findMongo, findRabbit, findRedis } from './servers.js';
export { type ScratchRedis, mayStartRedis, startScratchRedis } from '@lyceum/http/testing';
