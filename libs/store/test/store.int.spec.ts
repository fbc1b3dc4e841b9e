import { aggregatesContract } from './aggregates.contract.js';
import type { Server } from './bench.js';

const uri = process.env['MONGODB_URI'];
const servers: Server[] = [];
if (uri) servers.push({ name: 'MONGODB_URI', start: async () => ({ uri, stop: () => Promise.resolve() }) });

it('there is a server to run against', () => {
  expect(servers.map(({ name }) => name)).not.toEqual([]);
});

describe.each(servers)('on $name', (server) => {
  aggregatesContract(server);
});
