import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const Running = z.object({ pid: z.int(), edgeUrl: z.string(), mailboxUrl: z.string() });
export type Running = z.infer<typeof Running>;

/** `.lyceum/`: everything that the local platform keeps. */
export class DataDirectory {
  constructor(readonly path: string) {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  }

  get secretsFile(): string {
    return join(this.path, 'secrets.json');
  }
  get logFile(): string {
    return join(this.path, 'log.jsonl');
  }

  /** The platform that runs on this directory now, if one does. */
  running(): Running | undefined {
    const file = join(this.path, 'running.json');
    if (!existsSync(file)) return undefined;
    const parsed = Running.safeParse(JSON.parse(readFileSync(file, 'utf8') || 'null'));
    return parsed.success && isAlive(parsed.data.pid) ? parsed.data : undefined;
  }

  announce(running: Running): void {
    writeFileSync(join(this.path, 'running.json'), JSON.stringify(running, null, 2));
  }

  retract(): void {
    rmSync(join(this.path, 'running.json'), { force: true });
  }

  /** Throws away all data. */
  empty(): void {
    rmSync(this.path, { recursive: true, force: true });
    mkdirSync(this.path, { recursive: true, mode: 0o700 });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
