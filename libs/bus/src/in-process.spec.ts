import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Metrics } from '@lyceum/telemetry';
import {
  type BusUnderTest,
  anEvent,
  busContract,
  contractDelays,
  eventually,
  published,
  retired,
} from './bus.contract.js';
import { deadLettersContract } from './dead-letters.contract.js';
import { ContractBroken } from './failure.js';
import { InProcessBus } from './in-process.js';

const settings = { retryDelays: contractDelays, handlerTimeoutMs: 300 };

async function inMemory(): Promise<BusUnderTest> {
  const bus = new InProcessBus(settings);
  await bus.start();
  return { connect: async () => bus.shared(), dispose: () => bus.close() };
}

async function withJournal(): Promise<BusUnderTest> {
  const journal = await mkdtemp(join(tmpdir(), 'bus-'));
  let bus = new InProcessBus({ ...settings, journal });
  await bus.start();
  return {
    connect: async () => bus.shared(),
    restart: async () => {
      await bus.close();
      bus = new InProcessBus({ ...settings, journal });
      await bus.start();
    },
    dispose: async () => {
      await bus.close();
      await rm(journal, { recursive: true, force: true });
    },
  };
}

for (const contract of [busContract, deadLettersContract]) {
  contract('the in-process bus', { durable: false }, inMemory);
  contract('the in-process bus with a journal', { durable: true }, withJournal);
}

test('the metrics of a service tell its dead letters, what nobody listens to, and whether its bus is ready', async () => {
  const metrics = new Metrics('catalog', { processMetrics: false });
  const shared = new InProcessBus(settings);
  await shared.start();
  const bus = shared.shared({ metrics });
  const handle = () => Promise.reject(new ContractBroken('no'));
  await bus.subscribe({ service: 'catalog', types: [published], handle });
  await bus.publish([anEvent(published)]);
  await expect(bus.publish([anEvent(retired)])).rejects.toThrow('Nobody listens');
  await eventually(async () => {
    const text = await metrics.registry.metrics();
    expect(text).toContain('lyceum_dead_letters{service="catalog"} 1');
    expect(text).toContain(`lyceum_events_unroutable_total{type="${retired}",service="catalog"} 1`);
    expect(text).toContain('lyceum_bus_ready{service="catalog"} 1');
  });
  await shared.close();
  expect(await metrics.registry.metrics()).toContain('lyceum_bus_ready{service="catalog"} 0');
});
