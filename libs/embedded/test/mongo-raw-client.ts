import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { deserialize, type Document, serialize } from 'bson';

/** OP_MSG by hand, for what the driver would never send in the same way twice. */
export class RawClient {
  private id = 0;
  private received = Buffer.alloc(0);

  private constructor(readonly socket: Socket) {
    socket.setMaxListeners(100);
    socket.on('data', (chunk) => {
      this.received = Buffer.concat([this.received, chunk]);
    });
  }

  static async connect(port: number): Promise<RawClient> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new RawClient(socket);
  }

  /** The bytes of a message with one body and perhaps one document sequence. */
  message(body: Document, flags = 0, sequence?: { name: string; documents: Document[] }): Buffer {
    const parts = [Buffer.from([0]), Buffer.from(serialize(body))];
    if (sequence) {
      const content = Buffer.concat([
        Buffer.from(`${sequence.name}\0`),
        ...sequence.documents.map((doc) => serialize(doc)),
      ]);
      const size = Buffer.alloc(4);
      size.writeInt32LE(content.length + 4);
      parts.push(Buffer.from([1]), size, content);
    }
    if (flags & 1) parts.push(Buffer.alloc(4));
    const payload = Buffer.concat(parts);
    const head = Buffer.alloc(20);
    head.writeInt32LE(head.length + payload.length, 0);
    head.writeInt32LE(++this.id, 4);
    head.writeInt32LE(2013, 12);
    head.writeUInt32LE(flags, 16);
    return Buffer.concat([head, payload]);
  }

  /** The body of the next answer. Rejects when the server hangs up. */
  async answer(): Promise<Document> {
    for (;;) {
      const size = this.received.length >= 4 ? this.received.readInt32LE(0) : 0;
      if (size > 0 && this.received.length >= size) {
        const message = this.received.subarray(0, size);
        this.received = this.received.subarray(size);
        return deserialize(message.subarray(21));
      }
      if (this.socket.destroyed || this.socket.readableEnded) throw new Error('the server hung up');
      await Promise.race([once(this.socket, 'data'), once(this.socket, 'close')]);
    }
  }

  async command(body: Document): Promise<Document> {
    this.socket.write(this.message(body));
    return this.answer();
  }

  close(): void {
    this.socket.destroy();
  }
}
