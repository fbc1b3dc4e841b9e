import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import amqplib from 'amqplib';
import { answers } from './answers.js';
import { RETRY_DELAYS } from './bus.js';
import { lanesOf } from './rabbit/topology.js';

export { answers } from './answers.js';
export { type ScratchRabbit, mayStartRabbit, startScratchRabbit } from './scratch-rabbit.js';

/** A server that tests can use. */
export interface FoundServer {
  readonly url: string;
  /** Where it comes from, for the test's output. */
  readonly how: string;
  /** Ends it, if it was started for the test. */
  stop(): Promise<void>;
}

const nothing = async () => {};

/** Whether {@link findRabbit} has where to look: tells without waiting, when Jest collects the tests. */
export function mayFindRabbit(): boolean {
  const sockets = ['/var/run/docker.sock', `${process.env['XDG_RUNTIME_DIR'] ?? '/run'}/podman/podman.sock`];
  if (process.env['AMQP_URL'] || process.env['DOCKER_HOST'] || sockets.some((path) => existsSync(path))) return true;
  const knock = `require('node:net').connect(5672, '127.0.0.1').on('connect', () => process.exit(0)).on('error', () => process.exit(1))`;
  return spawnSync(process.execPath, ['-e', knock], { timeout: 2_000 }).status === 0;
}

/**
 * A RabbitMQ for tests: `AMQP_URL`, else one at 127.0.0.1:5672 with the guest account, else a container where a container
 * runtime answers; undefined when there is none. Tests choose a random namespace and delete what they declare.
 */
export async function findRabbit(): Promise<FoundServer | undefined> {
  const url = process.env['AMQP_URL'];
  if (url) return { url, how: 'AMQP_URL', stop: nothing };
  // a broker answers the protocol's header with its first method frame
  if (await answers(5672, 'AMQP\0\0\u0009\u0001', (answer) => answer[0] === 1))
    return { url: 'amqp://guest:guest@127.0.0.1:5672', how: 'a broker at 127.0.0.1:5672', stop: nothing };
  return startContainer('rabbitmq:4-alpine', 5672, (host, port) => `amqp://guest:guest@${host}:${port}`, {
    log: /Server startup complete/,
  });
}

/** Starts a container where a container runtime answers; otherwise undefined. */
export async function startContainer(
  image: string,
  port: number,
  url: (host: string, port: number) => string,
  { log, command, afterwards }: { log: RegExp; command?: string[]; afterwards?: string[] },
): Promise<FoundServer | undefined> {
  const { GenericContainer, Wait, getContainerRuntimeClient } = await import('testcontainers');
  const runtime = await getContainerRuntimeClient().catch(() => undefined);
  if (!runtime) return undefined;
  const wanted = new GenericContainer(image).withExposedPorts(port).withWaitStrategy(Wait.forLogMessage(log));
  const container = await (command ? wanted.withCommand(command) : wanted).start();
  if (afterwards) await container.exec(afterwards);
  return {
    url: url(container.getHost(), container.getMappedPort(port)),
    how: `a container of ${image}`,
    stop: async () => {
      await container.stop();
    },
  };
}

/** Deletes the queues and the exchange of a namespace that a test has used. */
export async function dropTopologyForTests(
  url: string,
  namespace: string,
  services: readonly string[],
  retryDelays: readonly number[] = RETRY_DELAYS,
): Promise<void> {
  const connection = await amqplib.connect(url);
  const channel = await connection.createChannel();
  for (const service of services)
    for (const end of ['', '.dead', '.bindings', ...retryDelays.flatMap(lanesOf).map((ms) => `.retry.${ms}`)])
      await channel.deleteQueue(`${namespace}${service}${end}`);
  await channel.deleteExchange(`${namespace}lyceum.events`);
  await connection.close();
}
