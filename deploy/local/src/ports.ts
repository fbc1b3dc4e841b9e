import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

// Below the ranges from which systems take ports for outgoing connections: what was free stays free until it is used.
const FIRST = 10_000;
const LAST = 32_000;

// https://fetch.spec.whatwg.org/#port-blocking, those above 1023
const blocked = new Set([
  1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10_080,
]);

/** The ones that browsers, and `fetch`, refuse to call. */
export const blockedPorts = (ports: readonly number[]): number[] => ports.filter((port) => blocked.has(port));

/** Ports that are free, each from another place of the range, so that programs that look at the same time rarely meet. */
export async function freePorts(count: number): Promise<number[]> {
  const found = new Set<number>();
  while (found.size < count) {
    const port = randomInt(FIRST, LAST);
    if (!blocked.has(port) && (await takenPorts([port])).length === 0) found.add(port);
  }
  return [...found];
}

/** The ones that another program has already taken. */
export async function takenPorts(ports: readonly number[]): Promise<number[]> {
  const checks = ports.map(async (port) => {
    try {
      const server = await listening(port);
      await new Promise((resolve) => server.close(resolve));
      return undefined;
    } catch {
      return port;
    }
  });
  return (await Promise.all(checks)).filter((port) => port !== undefined);
}

function listening(port: number): Promise<ReturnType<typeof createServer>> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}
