import { once } from 'node:events';
import { type AddressInfo, type Server, type Socket, connect, createServer } from 'node:net';

/** A TCP proxy in front of the broker that breaks when told. */
export class FaultProxy {
  private readonly server: Server;
  private readonly pairs = new Set<{ client: Socket; broker: Socket }>();
  private frozen = false;
  /** How many connections have been opened so far. */
  opened = 0;
  /** How often clients have declared an exchange or a queue so far; merely asking whether one is there does not count. */
  declared = 0;

  private constructor(private readonly target: URL) {
    this.server = createServer((client) => {
      const broker = connect(Number(this.target.port || 5672), this.target.hostname);
      const pair = { client, broker };
      this.opened += 1;
      client.on(
        'data',
        framesOf((payload) => (this.declared += declares(payload) ? 1 : 0)),
      );
      this.pairs.add(pair);
      for (const [one, other] of [
        [client, broker],
        [broker, client],
      ] as const) {
        one.on('data', (data) => this.frozen || other.write(data));
        one.on('error', () => other.destroy());
        one.on('close', () => {
          other.destroy();
          this.pairs.delete(pair);
        });
      }
    });
  }

  /** Listens on a free port, or on `port`. */
  static async start(target: string, port = 0): Promise<FaultProxy> {
    const proxy = new FaultProxy(new URL(target));
    proxy.server.listen(port, '127.0.0.1');
    await once(proxy.server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** The target's URL by way of this proxy. */
  get url(): string {
    const url = new URL(this.target);
    url.host = `127.0.0.1:${this.port}`;
    return url.toString();
  }

  get connections(): number {
    return this.pairs.size;
  }

  /** Breaks every connection without a goodbye; new ones are served. */
  cut(): void {
    for (const { client, broker } of this.pairs) {
      client.resetAndDestroy();
      broker.resetAndDestroy();
    }
  }

  /** Swallows all data from now on and keeps the connections open. */
  freeze(): void {
    this.frozen = true;
  }

  /** Says to every client what a broker says that is short of memory or disk, or that it has recovered. */
  say(method: 'blocked' | 'unblocked'): void {
    const reason = Buffer.from('low on memory');
    const args = method === 'blocked' ? [reason.length, ...reason] : [];
    const payload = Buffer.from([0, 10, 0, method === 'blocked' ? 60 : 61, ...args]);
    const head = Buffer.from([1, 0, 0, 0, 0, 0, payload.length]);
    for (const { client } of this.pairs) client.write(Buffer.concat([head, payload, Buffer.from([0xce])]));
  }

  async stop(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.cut();
    await closed;
  }
}

/** Cuts a client's bytes into the payloads of its method frames. */
function framesOf(each: (payload: Buffer) => void): (data: Buffer) => void {
  let rest = Buffer.alloc(0);
  let greeted = false;
  return (data) => {
    rest = Buffer.concat([rest, data]);
    if (!greeted && rest.length >= 8) {
      rest = rest.subarray(8); // the protocol's header
      greeted = true;
    }
    while (greeted && rest.length >= 7 && rest.length >= rest.readUInt32BE(3) + 8) {
      const size = rest.readUInt32BE(3);
      if (rest[0] === 1) each(rest.subarray(7, 7 + size));
      rest = rest.subarray(8 + size);
    }
  };
}

/** Whether a method is exchange.declare or queue.declare without the flag `passive`. */
function declares(method: Buffer): boolean {
  const [kind, action] = [method.readUInt16BE(0), method.readUInt16BE(2)];
  if ((kind !== 40 && kind !== 50) || action !== 10) return false;
  let at = 6;
  for (let name = kind === 40 ? 2 : 1; name > 0; name -= 1) at += 1 + (method[at] ?? 0);
  return ((method[at] ?? 0) & 1) === 0;
}
