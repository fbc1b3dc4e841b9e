import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { once } from 'node:events';
import { setPriority } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';

export interface SupervisedOptions {
  readonly name: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly logFile: string;
  /** Told of every end; `asked` when we have killed or stopped it. */
  readonly ended: (end: { readonly how: string; readonly livedMs: number; readonly asked: boolean }) => void;
}

/** A process that is started again whenever it ends, as an orchestrator does it: sooner after a long life than after a short one. */
export class Supervised {
  readonly name: string;
  private child: ChildProcess | undefined;
  private running: Promise<void> | undefined;
  private stopping = false;
  private killing = false;

  constructor(private readonly options: SupervisedOptions) {
    this.name = options.name;
  }

  start(): void {
    this.running ??= this.run();
  }

  /** kill -9; it comes again by itself. */
  async kill(): Promise<void> {
    const { child } = this;
    if (!child || hasEnded(child)) return;
    this.killing = true;
    const exit = once(child, 'exit');
    child.kill('SIGKILL'); // also ends one that is frozen
    await exit;
  }

  freeze(): void {
    this.child?.kill('SIGSTOP');
  }

  thaw(): void {
    this.child?.kill('SIGCONT');
  }

  /** At once and without waiting: for the end of this process. */
  abandon(): void {
    this.stopping = true;
    this.child?.kill('SIGKILL');
  }

  /** Asks it to end; after 12 s makes it. */
  async stop(): Promise<void> {
    this.stopping = true;
    const { child } = this;
    if (child && !hasEnded(child)) {
      child.kill('SIGCONT');
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), 12_000);
      await this.running;
      clearTimeout(timer);
    }
  }

  private async run(): Promise<void> {
    const { args, env, logFile, ended } = this.options;
    for (let quick = 0; !this.stopping;) {
      const log = openSync(logFile, 'a');
      const began = Date.now();
      const child = spawn(process.execPath, args, {
        env: { PATH: process.env['PATH'], ...env },
        stdio: ['ignore', log, log],
      });
      closeSync(log);
      this.child = child;
      if (child.pid !== undefined) setPriority(child.pid, 0); // it would inherit ours
      const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
      const livedMs = Date.now() - began;
      ended({ how: signal ?? `code ${code}`, livedMs, asked: this.killing || this.stopping });
      this.killing = false;
      quick = livedMs < 10_000 ? quick + 1 : 0;
      if (!this.stopping) await wait(Math.min(500 * 2 ** Math.max(0, quick - 1), 4_000));
    }
  }
}

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;
