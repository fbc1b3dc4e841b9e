import { once } from 'node:events';
import { type AddressInfo, type Server, connect, createServer } from 'node:net';
import { Crossing } from './crossing.js';

/** Says its name to whoever connects, and then what it hears. */
async function named(name: string): Promise<{ name: string; port: number; server: Server }> {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.write(name);
    socket.pipe(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { name, port: (server.address() as AddressInfo).port, server };
}

async function hello(port: number): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1' });
  const [said] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  return said.toString();
}

describe('a crossing', () => {
  let one: Awaited<ReturnType<typeof named>>;
  let two: Awaited<ReturnType<typeof named>>;
  let crossing: Crossing;

  beforeEach(async () => {
    [one, two] = await Promise.all([named('one'), named('two')]);
    crossing = await Crossing.open([one, two]);
  });
  afterEach(async () => {
    await crossing.close();
    one.server.close();
    two.server.close();
  });

  it('goes round its targets', async () => {
    const heard = [await hello(crossing.port), await hello(crossing.port), await hello(crossing.port)];
    expect(new Set(heard.slice(0, 2))).toEqual(new Set(['one', 'two']));
    expect(heard[2]).toBe(heard[0]);
  });

  it('leaves out those that are not well, and tries the next where nobody listens', async () => {
    crossing.note(one, false);
    expect([await hello(crossing.port), await hello(crossing.port)]).toEqual(['two', 'two']);
    crossing.note(one, true);
    two.server.close();
    await once(two.server, 'close');
    expect([await hello(crossing.port), await hello(crossing.port)]).toEqual(['one', 'one']);
  });

  it('cuts what is open, without a goodbye, and serves the next', async () => {
    const socket = connect({ port: crossing.port, host: '127.0.0.1' });
    await once(socket, 'data');
    const broken = once(socket, 'error');
    expect(crossing.cut()).toBe(1);
    expect(await broken).toMatchObject([{ code: 'ECONNRESET' }]);
    expect(await hello(crossing.port)).toMatch(/one|two/);
  });

  it('slows what passes, and keeps its order', async () => {
    crossing.slow(20);
    const socket = connect({ port: crossing.port, host: '127.0.0.1' });
    let heard = '';
    socket.on('data', (data: Buffer) => (heard += data.toString()));
    await once(socket, 'data');
    const began = performance.now();
    socket.write('abc');
    await once(socket, 'data');
    expect(performance.now() - began).toBeGreaterThan(35); // there and back
    expect(heard).toMatch(/^(one|two)abc$/);
    socket.destroy();
  });
});
