// A traced process of its own, for a test: serves, calls itself in both ways that Node has, and ends.
import { once } from 'node:events';
import http, { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { endTracing } from '../src/index.js';

const { CANARY: secret = '' } = process.env;
const server = createServer((_request, response) => response.end('{}')).listen(0, '127.0.0.1');
await once(server, 'listening');
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/verify-email?token=${secret}&sort=name`;
await (await fetch(url)).text();
const [response] = (await once(http.get(url), 'response')) as [NodeJS.ReadableStream];
response.resume();
await once(response, 'end');
server.close();
server.closeAllConnections();
await once(server, 'close');
await endTracing();
process.exit(0);
