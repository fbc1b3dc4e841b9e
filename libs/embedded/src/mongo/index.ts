import { createServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import type { Host } from './commands/command.js';
import { Cursors } from './commands/cursors.js';
import { deleteExpired } from './expiry.js';
import { Engine } from './storage/engine.js';
import { serve } from './wire/connection.js';

export interface MongoOptions {
  /** Where the data lies; without it everything is in memory and gone at the end. */
  dataDir?: string;
  /** 0 (the default) takes a free one. */
  port?: number;
  /** Default 127.0.0.1. There is no authentication: think before you listen elsewhere. */
  host?: string;
  /** `always` (default): acknowledged writes survive a power cut. `batch`: they survive a crash of the process, power cuts may cost 100 ms. */
  fsync?: 'always' | 'batch';
  /** The clock of TTL indexes and `$$NOW`. */
  now?: () => Date;
  /** Milliseconds between looks for expired documents, default 10 s. */
  ttlSweepMs?: number;
  /** Bytes of garbage below which data files are never rewritten, default 8 MiB. */
  compactAbove?: number;
  /** A transaction that takes longer is aborted, default 60 s. */
  transactionLifetimeMs?: number;
  /** What open transactions may hold in memory (replaced versions and their changes), default 256 MiB. Above it the oldest is aborted. */
  transactionBytes?: number;
}

export interface EmbeddedMongo {
  uri: string;
  port: number;
  /** Deletes expired documents now; gives how many. */
  sweepExpired(): Promise<number>;
  /** Rewrites the data files now: what was deleted or replaced is in none of them afterwards. */
  compact(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Starts a MongoDB server in this process that drivers see as the primary of the replica set `rs0`.
 * Throws when the port is taken, when another process uses `dataDir`, or when its files are damaged.
 */
export async function startMongo(options: MongoOptions = {}): Promise<EmbeddedMongo> {
  const { dataDir, port = 0, host = '127.0.0.1', fsync = 'always', ttlSweepMs = 10_000 } = options;
  const engine = await Engine.open({
    dataDir,
    fsync,
    ...(options.now ? { now: options.now } : {}),
    ...(options.compactAbove === undefined ? {} : { compactAbove: options.compactAbove }),
    transactionLifetimeMs: options.transactionLifetimeMs,
    transactionBytes: options.transactionBytes,
  });
  const cursors = new Cursors(() => new Date());
  const startedAt = new Date();
  const sockets = new Set<Socket>();
  const serving = new Set<Promise<void>>();
  let connection = 0;

  const server = createServer((socket) => {
    sockets.add(socket);
    const clientHost: Host = {
      engine,
      cursors,
      startedAt,
      address: `${socket.localAddress === '::1' ? '[::1]' : (socket.localAddress ?? host)}:${socket.localPort ?? port}`,
      connection: ++connection,
      connections: () => sockets.size,
      describeClient: () => undefined,
    };
    const done = serve(socket, clientHost)
      // a client that breaks the protocol or the connection ends only itself
      .catch(() => undefined)
      .finally(() => {
        socket.destroy();
        sockets.delete(socket);
        serving.delete(done);
      });
    serving.add(done);
  });

  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, () => {
        server.off('error', reject);
        resolve();
      });
    });
  } catch (error) {
    await engine.close();
    throw error;
  }

  const sweep = async () => {
    cursors.expire();
    return deleteExpired(engine);
  };
  const timer = setInterval(() => {
    // a full disk stops deleting, too; the next look tries again
    sweep().catch(() => undefined);
  }, ttlSweepMs);
  timer.unref();

  const listening = (server.address() as AddressInfo).port;
  const reachable = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  let closing: Promise<void> | undefined;
  return {
    uri: `mongodb://${reachable.includes(':') ? `[${reachable}]` : reachable}:${listening}/?replicaSet=rs0`,
    port: listening,
    sweepExpired: sweep,
    compact: () => engine.rewrite(),
    close: () =>
      (closing ??= (async () => {
        clearInterval(timer);
        const closed = new Promise((resolve) => server.close(resolve));
        for (const socket of sockets) socket.destroy();
        // nobody may go on waiting for one
        engine.transactions.abortAll();
        await closed;
        await Promise.all(serving);
        await engine.close();
      })()),
  };
}
