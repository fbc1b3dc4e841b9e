import { BadConfiguration } from './config.js';
import type { ServiceDefinition } from './service.js';
import { type RunningService, start } from './start.js';

/**
 * Runs a service as its own process: starts it, ends it on SIGTERM or SIGINT, and exits with 78 (EX_CONFIG) and one
 * message when a setting is bad.
 */
export async function run(service: ServiceDefinition): Promise<void> {
  let running: RunningService | undefined;
  let stopping = false;
  const stop = () => {
    stopping = true;
    void running?.close().then(() => process.exit(0));
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  try {
    running = await start(service);
    if (stopping) stop();
  } catch (error) {
    console.error(error instanceof BadConfiguration ? error.message : error);
    process.exit(error instanceof BadConfiguration ? 78 : 1);
  }
}
