import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { takenPorts } from '../src/ports.js';

const root = join(__dirname, '../../..');

// between those of freePorts and those of outgoing connections: nobody takes one while the platform is down
const OWN_PORTS = [32_000, 32_760] as const;

/** `npm start`'s process, from the sources, so that it can be killed like a real one. */
export class PlatformProcess {
  private child: ChildProcess | undefined;
  private said = '';

  private constructor(
    private readonly dataDir: string,
    private readonly firstPort: number,
  ) {}

  /** On a directory, and on ports that stay the same from one life to the next, as a person's do. */
  static async on(dataDir: string): Promise<PlatformProcess> {
    for (;;) {
      const first = randomInt(...OWN_PORTS);
      const all = Array.from({ length: 5 }, (_, offset) => first + offset);
      if ((await takenPorts(all)).length === 0) return new PlatformProcess(dataDir, first);
    }
  }

  get edgeUrl(): string {
    return `http://localhost:${this.firstPort}`;
  }
  get mailboxUrl(): string {
    return `http://localhost:${this.firstPort + 1}`;
  }
  /** What it has written since it was last started. */
  get output(): string {
    return this.said;
  }

  /** Resolves when it has printed where everything is; rejects with its output when it ends before. */
  async start(...more: string[]): Promise<void> {
    this.said = '';
    const child = spawn(
      process.execPath,
      [
        '--conditions=@lyceum/source',
        '--import',
        join(root, 'tools/ts.mjs'),
        join(root, 'deploy/local/src/main.ts'),
        '--data',
        this.dataDir,
        '--port',
        String(this.firstPort),
        ...more,
      ],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    this.child = child;
    await new Promise<void>((resolve, reject) => {
      for (const stream of [child.stdout, child.stderr])
        stream.on('data', (chunk: Buffer) => {
          this.said += chunk.toString();
          if (this.said.includes('Lyceum runs')) resolve();
        });
      child.once('exit', (code) => reject(new Error(`the platform ended with ${code}: ${this.said}`)));
    });
  }

  /** kill -9, at this very moment; resolves when it is dead. */
  kill(): Promise<number | null> {
    return this.end('SIGKILL');
  }

  /** Asks it to end. Resolves with its exit code. */
  stop(signal: 'SIGINT' | 'SIGTERM' = 'SIGTERM'): Promise<number | null> {
    return this.end(signal);
  }

  private async end(signal: NodeJS.Signals): Promise<number | null> {
    const { child } = this;
    if (!child || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null;
    const exit = once(child, 'exit');
    child.kill(signal);
    await exit;
    return child.exitCode;
  }
}
