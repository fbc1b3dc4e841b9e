import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { bornAt, isAlive } from './process-identity.js';

const Running = z.object({ pid: z.int(), edgeUrl: z.string(), mailboxUrl: z.string() });
export type Running = z.infer<typeof Running>;
/** `born` tells the process from a later one with the same id; `ready` is missing while it still starts. */
const Claim = Running.extend({ born: z.string().optional(), ready: z.boolean().optional() });
type Claim = z.infer<typeof Claim>;

const kept = ['bucket', 'bus', 'mailbox', 'mongo', 'stripe'];
const files = ['log.jsonl', 'running.json', 'secrets.json', 'secrets.json.new'];

/** `.lyceum/`: everything that the local platform keeps. */
export class DataDirectory {
  constructor(readonly path: string) {}

  get secretsFile(): string {
    return join(this.path, 'secrets.json');
  }
  get logFile(): string {
    return join(this.path, 'log.jsonl');
  }
  private get claimFile(): string {
    return join(this.path, 'running.json');
  }

  /** The platform that runs on this directory now, if one does and has finished starting. */
  running(): Running | undefined {
    const claim = this.claimed();
    return claim?.ready ? claim : undefined;
  }

  /**
   * Makes the directory this process's own until {@link retract}. Gives the process that has it already, if one does.
   * What a killed process has left behind counts for nothing. Throws when the directory cannot be written.
   */
  claim(running: Running): Running | undefined {
    mkdirSync(this.path, { recursive: true, mode: 0o700 });
    const claim = JSON.stringify({ ...running, born: bornAt(running.pid) } satisfies Claim, null, 2);
    for (;;) {
      try {
        writeFileSync(this.claimFile, claim, { flag: 'wx' });
        return undefined;
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
      }
      const other = this.claimed();
      if (other) return other;
      rmSync(this.claimFile, { force: true });
    }
  }

  /** Tells that the platform has started. */
  announce(running: Running): void {
    const claim: Claim = { ...running, born: bornAt(running.pid), ready: true };
    writeFileSync(this.claimFile, JSON.stringify(claim, null, 2));
  }

  retract(): void {
    rmSync(this.claimFile, { force: true });
  }

  /** What in it is not the platform's, by name. A directory of that name alone, without our secrets beside it, is not ours. */
  foreign(): string[] {
    const names = readdirSync(this.path);
    const ours = new Set(names.includes('secrets.json') ? [...kept, ...files] : files);
    return names.filter((name) => !ours.has(name));
  }

  /** Throws away all data, and nothing that is not ours. Who has claimed the directory keeps it. */
  empty(): void {
    // the secrets last: they tell that the rest is ours, also when this is interrupted
    for (const name of [...kept, 'log.jsonl', 'secrets.json.new', 'secrets.json'])
      rmSync(join(this.path, name), { recursive: true, force: true });
  }

  /** Whether nothing more fits on its disk. */
  isFull(): boolean {
    if (!existsSync(this.path)) return false;
    const { bavail, bsize } = statfsSync(this.path);
    return bavail * bsize < 256 * 1024;
  }

  private claimed(): Claim | undefined {
    let parsed: z.ZodSafeParseResult<Claim>;
    try {
      parsed = Claim.safeParse(JSON.parse(readFileSync(this.claimFile, 'utf8')));
    } catch {
      return undefined; // there is none, or a crash tore it
    }
    if (!parsed.success) return undefined;
    const { pid, born } = parsed.data;
    const reused = pid === process.pid || (born !== undefined && born !== bornAt(pid));
    return isAlive(pid) && !reused ? parsed.data : undefined;
  }
}
