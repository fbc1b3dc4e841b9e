// One instance of a service, to be frozen: its effect for an event is a file, which is there once however often it is made.
// consumer-process.ts <amqp url> <namespace> <directory> <handler timeout in ms> <retry delays>
import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { RabbitBus } from '../src/rabbit.js';

const [url = '', namespace = '', directory = '', timeout = '', delays = ''] = process.argv.slice(2);
const bus = new RabbitBus({
  url,
  namespace,
  handlerTimeoutMs: Number(timeout),
  retryDelays: delays.split(',').map(Number),
});
await bus.start();
await bus.subscribe({
  service: 'catalog',
  types: ['testing.published.v1'],
  prefetch: 5,
  handle: async ({ event }) => {
    await appendFile(join(directory, 'attempts'), `${event.id}\n`);
    await delay(20);
    await writeFile(join(directory, event.id), String(process.pid), { flag: 'wx' }).catch((error: unknown) => {
      if (!String(error).includes('EEXIST')) throw error;
    });
  },
});
process.send?.('consumes');
