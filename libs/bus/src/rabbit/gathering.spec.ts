import { once } from 'node:events';
import { type AddressInfo, type Socket, connect, createServer } from 'node:net';
import { eventually } from '../bus.contract.js';
import { gatherWrites } from './gathering.js';

describe('frames of one moment leave together', () => {
  const server = createServer();
  let socket: Socket;
  let got = '';
  beforeEach(async () => {
    got = '';
    server.removeAllListeners('connection');
    server.on('connection', (other) => other.on('data', (data) => (got += data.toString())));
    if (!server.listening) await once(server.listen(0, '127.0.0.1'), 'listening');
    socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    await once(socket, 'connect');
    gatherWrites({ connection: { stream: socket } });
  });
  afterEach(() => socket.destroy());
  afterAll(() => server.close());

  test('nothing is sent before the writer has returned, and then all in order', async () => {
    const before = socket.bytesWritten;
    for (const frame of ['one ', 'two ', 'three']) socket.write(frame);
    expect(socket.writableLength).toBe('one two three'.length);
    await Promise.resolve().then(() => new Promise<void>((done) => process.nextTick(done)));
    expect(socket.writableCorked).toBe(0);
    await eventually(() => expect(got).toBe('one two three'));
    expect(socket.bytesWritten - before).toBe('one two three'.length);
  });

  test('the writer is told when it must wait, and when it may go on', async () => {
    const large = 'x'.repeat(5_000_000);
    const drained = once(socket, 'drain');
    expect(socket.write(large)).toBe(false);
    await drained;
    socket.write('!');
    await eventually(() => expect(got.length).toBe(large.length + 1));
  });

  test('a connection without a socket is left as it is', () => {
    const connection = { stream: 'no socket' };
    gatherWrites({ connection });
    expect(connection).toEqual({ stream: 'no socket' });
  });
});
