import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BusUnderTest, busContract, contractDelays } from './bus.contract.js';
import { InProcessBus } from './in-process.js';

const settings = { retryDelays: contractDelays, handlerTimeoutMs: 300 };

busContract('the in-process bus', { durable: false }, async () => {
  const bus = new InProcessBus(settings);
  await bus.start();
  return { connect: async () => bus.shared(), dispose: () => bus.close() };
});

busContract('the in-process bus with a journal', { durable: true }, async (): Promise<BusUnderTest> => {
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
});
