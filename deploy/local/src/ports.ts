import { type AddressInfo, createServer } from 'node:net';

/** Ports that were free a moment ago. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, () => listening(0)));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
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
