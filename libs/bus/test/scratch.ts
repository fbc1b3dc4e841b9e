import { randomUUID } from 'node:crypto';
import { type Channel, connect } from 'amqplib';
import { type BusUnderTest, contractDelays } from '../src/bus.contract.js';
import { RabbitBus, type RabbitOptions } from '../src/rabbit.js';
import { type FoundServer, dropTopologyForTests, findRabbit, mayFindRabbit } from '../src/testing.js';

let server: Promise<FoundServer | undefined> | undefined;

/** The broker that this file's tests run against. Throws when it cannot be had although it seemed so. */
export async function broker(): Promise<FoundServer> {
  const found = await (server ??= findRabbit());
  if (!found) throw new Error('RabbitMQ: something seemed to be there, but it does not answer');
  return found;
}

/** Defines `tests` where there is a broker, and otherwise one test that says that they were not run. */
export function withRabbit(tests: () => void): void {
  if (!mayFindRabbit()) {
    test('RabbitMQ: none found; not run (set AMQP_URL)', () => expect(mayFindRabbit()).toBe(false));
    return;
  }
  beforeAll(async () => process.stderr.write(`RabbitMQ: tests run against ${(await broker()).how}\n`), 120_000);
  afterAll(async () => (await broker()).stop());
  tests();
}

/** Does something on a channel of its own, past the bus. */
export async function onChannel<T>(work: (channel: Channel) => Promise<T>): Promise<T> {
  const connection = await connect((await broker()).url);
  try {
    return await work(await connection.createChannel());
  } finally {
    await connection.close();
  }
}

export interface Scratch extends BusUnderTest {
  readonly namespace: string;
  /** A bus that is not started. */
  bus(options?: Partial<RabbitOptions>): RabbitBus;
}

const services = ['catalog', 'notify', 'media', 'nobody'];

/** A namespace of its own on the broker, deleted by `dispose`. */
export async function scratch(options: Partial<RabbitOptions> = {}): Promise<Scratch> {
  const { url } = await broker();
  const namespace = `test-${randomUUID().slice(0, 8)}.`;
  const buses: RabbitBus[] = [];
  const defaults = { url, namespace, retryDelays: contractDelays, handlerTimeoutMs: 300, reconnectMs: 100, ...options };
  const bus = (more: Partial<RabbitOptions> = {}) => {
    const made = new RabbitBus({ ...defaults, ...more });
    buses.push(made);
    return made;
  };
  const closeAll = () => Promise.all(buses.map((each) => each.close()));
  return {
    namespace,
    bus,
    connect: async () => {
      const made = bus();
      await made.start();
      return made;
    },
    restart: async () => {
      await closeAll();
    },
    dispose: async () => {
      await closeAll();
      await dropTopologyForTests(url, namespace, services, defaults.retryDelays);
    },
  };
}
