import { inspect } from 'node:util';
import { endTracing, redactText } from '@lyceum/telemetry';
import { BadConfiguration } from './config.js';
import type { ServiceDefinition } from './service.js';
import { type RunningService, start } from './start.js';

/** EX_CONFIG of sysexits.h: starting it again will not help. */
const BAD_CONFIGURATION = 78;

/**
 * Runs a service as its own process: starts it, ends it on SIGTERM or SIGINT, and exits with 78 (EX_CONFIG) and one
 * message when a setting is bad, with 1 when it cannot start for another reason.
 */
export async function run(service: ServiceDefinition): Promise<void> {
  let running: RunningService | undefined;
  const stop = () => {
    if (!running) process.exit(0); // it has not taken on any work that others do not keep
    void running
      .close()
      .then(endTracing)
      .finally(() => process.exit(0));
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  try {
    running = await start(service);
  } catch (error) {
    if (error instanceof BadConfiguration) return exit(BAD_CONFIGURATION, error.message);
    return exit(1, `${service.name} cannot start: ${redactText(inspect(error))}`);
  }
}

function exit(code: number, message: string): never {
  console.error(message);
  process.exit(code);
}
