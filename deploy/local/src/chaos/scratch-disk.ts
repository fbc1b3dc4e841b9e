import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const size = 256; // MiB
const isFull = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOSPC';

/** A small disk of its own (a tmpfs), where that may be made; else only a directory, which is never filled. */
export class ScratchDisk {
  private constructor(
    readonly path: string,
    /** Why it cannot be filled, or undefined. */
    readonly unfillable: string | undefined,
  ) {}

  static make(path: string): ScratchDisk {
    mkdirSync(path, { recursive: true });
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size}m`, 'lyceum-chaos', path], {
      encoding: 'utf8',
    });
    if (mounted.status === 0) return new ScratchDisk(path, undefined);
    const why = mounted.error?.message ?? mounted.stderr.trim();
    return new ScratchDisk(path, `no tmpfs can be mounted (${why})`);
  }

  get dataDir(): string {
    return join(this.path, 'data');
  }

  /** Takes all that is free. */
  fill(): void {
    if (this.unfillable) return;
    const file = openSync(this.ballast, 'w');
    try {
      for (const bytes of [1024 * 1024, 4096]) writeUntilFull(file, Buffer.alloc(bytes, 1));
    } finally {
      closeSync(file);
    }
  }

  /** Gives it back. */
  free(): void {
    rmSync(this.ballast, { force: true });
  }

  remove(): void {
    if (!this.unfillable) spawnSync('umount', ['-l', this.path]);
    rmSync(this.path, { recursive: true, force: true });
  }

  private get ballast(): string {
    return join(this.path, 'ballast');
  }
}

function writeUntilFull(file: number, bytes: Buffer): void {
  try {
    while (writeSync(file, bytes) === bytes.length);
  } catch (error) {
    if (!isFull(error)) throw error;
  }
}
