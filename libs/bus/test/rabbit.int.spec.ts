import { randomUUID } from 'node:crypto';
import { type ChannelModel, connect } from 'amqplib';
import { type BusUnderTest, busContract, contractDelays } from './bus.contract.js';
import { RabbitBus, type RabbitOptions } from './rabbit.js';

const url = process.env['AMQP_URL'] ?? 'amqp://guest:guest@127.0.0.1:5672';
const services = ['catalog', 'notify', 'media', 'nobody'];

async function scratch(
  options: Partial<RabbitOptions> = {},
): Promise<BusUnderTest & { namespace: string; bus(more?: Partial<RabbitOptions>): RabbitBus }> {
  const namespace = `test-${randomUUID().slice(0, 8)}.`;
  const buses: RabbitBus[] = [];
  const bus = (more: Partial<RabbitOptions> = {}) => {
    const made = new RabbitBus({
      url,
      namespace,
      retryDelays: contractDelays,
      handlerTimeoutMs: 300,
      reconnectMs: 100,
      ...options,
      ...more,
    });
    buses.push(made);
    return made;
  };
  return {
    namespace,
    bus,
    connect: async () => {
      const made = bus();
      await made.start();
      return made;
    },
    restart: async () => {
      await Promise.all(buses.map((each) => each.close()));
    },
    dispose: async () => {
      await Promise.all(buses.map((each) => each.close()));
      const connection: ChannelModel = await connect(url);
      const channel = await connection.createChannel();
      for (const service of services)
        for (const end of ['', '.dead', '.bindings', ...contractDelays.map((ms) => `.retry.${ms}`)])
          await channel.deleteQueue(`${namespace}${service}${end}`);
      await channel.deleteExchange(`${namespace}lyceum.events`);
      await connection.close();
    },
  };
}

busContract('the bus on RabbitMQ with quorum queues', { durable: true }, () => scratch());
busContract('the bus on RabbitMQ with classic queues', { durable: true }, () => scratch({ queues: 'classic' }));
