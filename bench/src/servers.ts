import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { mayStartRabbit, startScratchRabbit } from '@lyceum/bus/testing';

/** A server that belongs to this run. */
export interface Server {
  readonly url: string;
  readonly pid?: number | undefined;
  stop(): Promise<void>;
}

/** What a benchmark needs is not on this machine; the message is for a person. */
export class NotHere extends Error {
  override readonly name = 'NotHere';
}

/** The broker that `AMQP_URL` names, else a RabbitMQ of this run alone. Throws {@link NotHere}. */
export async function startRabbit(): Promise<Server> {
  const given = process.env['AMQP_URL'];
  if (given) return { url: given, stop: () => Promise.resolve() };
  if (!mayStartRabbit())
    throw new NotHere(
      'The benchmarks need RabbitMQ: install rabbitmq-server, or name a broker that is otherwise idle in AMQP_URL.',
    );
  const scratch = await startScratchRabbit();
  return { url: scratch.url, stop: () => scratch.stop() };
}

/** The embedded database as a process of its own, durable as in `npm run mongo -- --data DIR`. */
export async function startEmbeddedMongo(): Promise<Server> {
  const data = await mkdtemp(join(tmpdir(), 'lyceum-bench-mongo-'));
  const main = join(import.meta.dirname, '../../libs/embedded/dist/mongo/main.js');
  const child = spawn(process.execPath, [main, '--port', '0', '--data', data], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const stop = async () => {
    await killed(child);
    await rm(data, { recursive: true, force: true });
  };
  for await (const line of createInterface({ input: child.stdout })) {
    const url = /^MONGODB_URI=(.+)$/.exec(line)?.[1];
    if (url) return { url, pid: child.pid, stop };
  }
  await stop();
  throw new Error('The embedded database did not start');
}

async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL'); // scratch data: nobody reads it again
  await gone;
}
