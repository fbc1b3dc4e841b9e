import { once } from 'node:events';
import { type Socket, connect } from 'node:net';

export interface Answer {
  readonly status: number;
  readonly body: Buffer;
}

const END_OF_HEAD = Buffer.from('\r\n\r\n');

/** One kept-alive connection that asks one thing at a time: as little of a client as there can be, so that it measures the servers. */
export class Line {
  private received: Buffer = Buffer.alloc(0);
  private asking: PromiseWithResolvers<Answer> | undefined;

  private constructor(
    private readonly socket: Socket,
    private readonly host: string,
  ) {
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.receive(chunk));
    socket.on('error', (error) => this.asking?.reject(error));
    socket.on('close', () => this.asking?.reject(new Error(`${host} has closed the connection`)));
  }

  static async to(origin: string): Promise<Line> {
    const { hostname, port, host } = new URL(origin);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    return new Line(socket, host);
  }

  /** @param more header lines, each with its line break */
  get(path: string, more = ''): Promise<Answer> {
    this.asking = Promise.withResolvers();
    this.socket.write(`GET ${path} HTTP/1.1\r\nhost: ${this.host}\r\naccept: application/json\r\n${more}\r\n`);
    return this.asking.promise;
  }

  close(): void {
    this.asking = undefined;
    this.socket.destroy();
  }

  private receive(chunk: Buffer): void {
    this.received = this.received.length === 0 ? chunk : Buffer.concat([this.received, chunk]);
    const end = this.received.indexOf(END_OF_HEAD);
    if (end < 0) return;
    const head = this.received.toString('latin1', 0, end);
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
    if (length === undefined) {
      this.asking?.reject(new Error(`The answer has no Content-Length:\n${head}`));
      return;
    }
    const whole = end + END_OF_HEAD.length + Number(length);
    if (this.received.length < whole) return;
    const body = this.received.subarray(whole - Number(length), whole);
    this.received = this.received.subarray(whole);
    this.asking?.resolve({ status: Number(head.slice(9, 12)), body });
  }
}
