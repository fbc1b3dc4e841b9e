import { once } from 'node:events';
import { type AddressInfo, type Server, type Socket, connect, createServer } from 'node:net';
import { Transform } from 'node:stream';

export interface Target {
  readonly name: string;
  readonly port: number;
}

/**
 * A TCP proxy before one server or before the instances of a service. New connections go round the targets that are well,
 * as an orchestrator's load balancer does it; all of them can be cut and slowed.
 */
export class Crossing {
  private readonly server: Server;
  private readonly open = new Set<Socket>();
  private readonly unwell = new Set<Target>();
  private slowMs = 0;
  private turn = 0;

  private constructor(private readonly targets: readonly Target[]) {
    this.server = createServer({ noDelay: true }, (client) => this.serve(client));
  }

  static async open(targets: readonly Target[], port = 0): Promise<Crossing> {
    const crossing = new Crossing(targets);
    crossing.server.listen(port, '127.0.0.1');
    await once(crossing.server, 'listening');
    return crossing;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Whether new connections may go to a target; when none is well, all are tried. */
  note(target: Target, well: boolean): void {
    if (well) this.unwell.delete(target);
    else this.unwell.add(target);
  }

  /** Breaks every connection without a goodbye. @returns how many there were */
  cut(): number {
    const broken = this.open.size / 2;
    for (const socket of this.open) socket.resetAndDestroy();
    return broken;
  }

  /** Everything that passes waits so long, in both directions; 0 ends that. */
  slow(ms: number): void {
    this.slowMs = ms;
  }

  async close(): Promise<void> {
    this.server.close();
    this.cut();
    await once(this.server, 'close');
  }

  private serve(client: Socket): void {
    client.on('error', () => client.destroy());
    void this.connectThrough(client);
  }

  private async connectThrough(client: Socket): Promise<void> {
    const upstream = await this.reach();
    if (!upstream) {
      client.resetAndDestroy();
      return;
    }
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      this.open.add(one);
      one.on('error', () => other.resetAndDestroy());
      one.on('close', () => {
        this.open.delete(one);
        other.destroySoon();
      });
      one.pipe(this.slowed()).pipe(other);
    }
    if (client.destroyed) upstream.destroy();
  }

  /** A connection to the target whose turn it is, or to the next that accepts one. */
  private async reach(): Promise<Socket | undefined> {
    const well = this.targets.filter((target) => !this.unwell.has(target));
    const candidates = well.length > 0 ? well : this.targets;
    this.turn += 1;
    for (let n = 0; n < candidates.length; n += 1) {
      const target = candidates[(this.turn + n) % candidates.length];
      if (!target) break;
      const socket = connect({ port: target.port, host: '127.0.0.1', noDelay: true });
      try {
        await once(socket, 'connect');
        return socket;
      } catch {
        socket.destroy(); // nobody listens there: the next one
      }
    }
    return undefined;
  }

  private slowed(): Transform {
    return new Transform({
      transform: (chunk: Buffer, _encoding, done) => {
        if (this.slowMs === 0) done(null, chunk);
        else setTimeout(done, this.slowMs, null, chunk);
      },
    });
  }
}
