import { startMongo } from '@lyceum/embedded/mongo';
import { aggregatesContract } from './aggregates.contract.js';
import { erasureContract } from './erasure.contract.js';
import { migrationContract } from './migration.contract.js';
import { outageContract } from './outage.contract.js';
import { personalContract } from './personal.contract.js';
import { personalEventsContract } from './personal-events.contract.js';
import { projectionsContract } from './projections.contract.js';
import { recordsContract } from './records.contract.js';
import { relayContract } from './relay.contract.js';
import { retentionContract } from './retention.contract.js';
import { sealingContract } from './sealing.contract.js';
import { timersContract } from './timers.contract.js';
import type { Server } from './bench.js';

jest.setTimeout(40_000);

const uri = process.env['MONGODB_URI'];
const servers: Server[] = [
  {
    name: 'the embedded server',
    start: async () => {
      const mongo = await startMongo({ fsync: 'batch' });
      return { uri: mongo.uri, stop: () => mongo.close() };
    },
  },
];
if (uri)
  servers.push({ name: 'the server of MONGODB_URI', start: async () => ({ uri, stop: () => Promise.resolve() }) });

describe.each(servers)('on $name', (server) => {
  aggregatesContract(server);
  relayContract(server);
  outageContract(server);
  timersContract(server);
  retentionContract(server);
  projectionsContract(server);
  recordsContract(server);
  migrationContract(server);
  erasureContract(server);
  personalContract(server);
  personalEventsContract(server);
  sealingContract(server);
});
