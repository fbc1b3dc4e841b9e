import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';

/** The server as a process of its own, so that it can be killed like a real one. */
export interface ServerProcess {
  readonly uri: string;
  readonly process: ChildProcess;
  /** kill -9, and waits until it is dead. */
  kill(): Promise<void>;
}

const root = join(__dirname, '../../..');

/** Begins to start `src/mongo/main.ts` on a free port, perhaps through a program that sets limits. */
export function spawnServer(
  dataDir: string,
  more: readonly string[] = [],
  wrapper: readonly string[] = [],
): Omit<ServerProcess, 'uri'> & { readonly ready: Promise<string> } {
  const [command, ...first] = [...wrapper, process.execPath];
  const child = spawn(
    command,
    [
      ...first,
      '--conditions=@lyceum/source',
      '--import',
      join(root, 'tools/ts.mjs'),
      join(root, 'libs/embedded/src/mongo/main.ts'),
      '--port',
      '0',
      '--data',
      dataDir,
      ...more,
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const ready = new Promise<string>((resolve, reject) => {
    let output = '';
    const read = (chunk: Buffer) => {
      output += chunk.toString();
      const found = /MONGODB_URI=(\S+)/.exec(output)?.[1];
      if (found) resolve(found);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}: ${output}`)));
  });
  // whoever kills it does not wait for it to be ready
  ready.catch(() => undefined);
  return {
    process: child,
    ready,
    kill: () =>
      new Promise((resolve) => {
        if (child.exitCode !== null || child.signalCode !== null) {
          resolve();
          return;
        }
        child.once('exit', () => resolve());
        child.kill('SIGKILL');
      }),
  };
}

/** A started server; rejects with its output when it ends before it is ready. */
export async function startServerProcess(
  dataDir: string,
  more: readonly string[] = [],
  wrapper: readonly string[] = [],
): Promise<ServerProcess> {
  const { ready, ...server } = spawnServer(dataDir, more, wrapper);
  return { uri: await ready, ...server };
}
