import { once } from 'node:events';
import { deserialize, type Document, serialize, Timestamp } from 'bson';
import { type EmbeddedMongo, startMongo } from '../src/mongo/index.js';
import { RawClient } from './mongo-raw-client.js';

describe('the wire protocol', () => {
  let mongo: EmbeddedMongo;
  let client: RawClient;
  beforeEach(async () => {
    mongo = await startMongo();
    client = await RawClient.connect(mongo.port);
  });
  afterEach(async () => {
    client.close();
    await mongo.close();
  });

  it('reads a document sequence and a message with a checksum', async () => {
    const sequence = { name: 'documents', documents: [{ _id: 1 }, { _id: 2 }] };
    client.socket.write(client.message({ insert: 'c', $db: 'd' }, 1, sequence));
    expect(await client.answer()).toMatchObject({ n: 2, ok: 1 });
    expect(await client.command({ count: 'c', $db: 'd' })).toMatchObject({ n: 2 });
  });

  it('does not answer a message that says so, and does what it asks', async () => {
    client.socket.write(client.message({ insert: 'c', documents: [{ _id: 1 }], $db: 'd' }, 2));
    expect(await client.command({ count: 'c', $db: 'd' })).toMatchObject({ n: 1 });
  });

  it('puts messages together from single bytes and takes several from one packet', async () => {
    const ping = client.message({ ping: 1, $db: 'd' });
    for (const byte of ping) client.socket.write(Buffer.from([byte]));
    expect(await client.answer()).toMatchObject({ ok: 1 });
    client.socket.write(Buffer.concat([ping, client.message({ hello: 1, $db: 'd' }), ping]));
    expect(await client.answer()).toMatchObject({ ok: 1 });
    expect(await client.answer()).toMatchObject({ setName: 'rs0' });
    expect(await client.answer()).toMatchObject({ ok: 1 });
  });

  it('greets a client that still begins with OP_QUERY', async () => {
    const query = Buffer.concat([
      Buffer.alloc(20),
      Buffer.from('admin.$cmd\0'),
      Buffer.alloc(8),
      serialize({ isMaster: 1 }),
    ]);
    query.writeInt32LE(query.length, 0);
    query.writeInt32LE(7, 4);
    query.writeInt32LE(2004, 12);
    client.socket.write(query);
    const [reply] = (await once(client.socket, 'data')) as [Buffer];
    expect(reply.readInt32LE(8)).toBe(7);
    expect(reply.readInt32LE(12)).toBe(1);
    expect(deserialize(reply.subarray(36))).toMatchObject({ ismaster: true, maxWireVersion: 21 });
  });

  it('hangs up on nonsense and on messages above 48 MB, and serves the others', async () => {
    const size = Buffer.alloc(16);
    size.writeInt32LE(48_000_001, 0);
    for (const nonsense of [Buffer.from('GET / HTTP/1.1\r\n\r\n'), size]) {
      const bad = await RawClient.connect(mongo.port);
      bad.socket.write(nonsense);
      await expect(bad.answer()).rejects.toThrow('the server hung up');
    }
    expect(await client.command({ ping: 1, $db: 'd' })).toMatchObject({ ok: 1 });
  });

  it('a client that never reads its answers holds nobody up and fills no memory', async () => {
    await client.command({ insert: 'big', documents: [{ _id: 1, text: 'x'.repeat(5_000_000) }], $db: 'd' });
    const before = process.memoryUsage().rss;
    const slow = await RawClient.connect(mongo.port);
    slow.socket.pause();
    const find = slow.message({ find: 'big', $db: 'd' });
    for (let n = 0; n < 200; n++) slow.socket.write(find);
    for (let n = 0; n < 20; n++) expect(await client.command({ ping: 1, $db: 'd' })).toMatchObject({ ok: 1 });
    // 200 answers would be a gigabyte
    expect(process.memoryUsage().rss - before).toBeLessThan(500_000_000);
    slow.close();
  });

  it('tells the time with every answer, never goes back, and takes over a later time that it hears', async () => {
    const time = async (body: Document) => {
      const { operationTime, $clusterTime } = await client.command({ ...body, $db: 'd' });
      expect($clusterTime).toMatchObject({ clusterTime: operationTime });
      return operationTime as Timestamp;
    };
    const first = await time({ ping: 1 });
    const second = await time({ insert: 'c', documents: [{ _id: 1 }] });
    expect(second.greaterThan(first)).toBe(true);
    const clusterTime = new Timestamp({ t: first.t + 1000, i: 7 });
    expect(await time({ find: 'c', $clusterTime: { clusterTime } })).toEqual(clusterTime);
    expect((await time({ ping: 1 })).greaterThanOrEqual(clusterTime)).toBe(true);
  });
});
