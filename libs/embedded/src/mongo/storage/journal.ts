import { type FileHandle, open, rm } from 'node:fs/promises';
import { CommandError } from '../errors.js';
import { magic } from './frames.js';

export type Fsync = 'always' | 'batch';

interface Pending {
  readonly bytes: Buffer;
  readonly undo: () => void;
  readonly resolve: () => void;
  readonly reject: (reason: Error) => void;
}

const batchFsyncMs = 100;

/**
 * The log that is being written. Appends that wait together share one write and one fsync. When the disk refuses,
 * everything that was not safe is undone in reverse order and its writers get the error: nothing acknowledged is lost.
 */
export class Journal {
  private pending: Pending[] = [];
  private working: Promise<void> | undefined;
  private lastSync = 0;
  private unsynced = false;
  private timer: NodeJS.Timeout | undefined;
  private broken: Error | undefined;
  /** Behind `at` the file may hold what was refused; it must go before anything is written there. */
  private torn = false;
  /** Fsyncs so far, to see group commit at work. */
  syncs = 0;

  private constructor(
    readonly file: string,
    private handle: FileHandle,
    private at: number,
    private readonly fsync: Fsync,
  ) {}

  /** Opens a log to append at `at`, or makes it. */
  static async open(file: string, at: number | undefined, fsync: Fsync): Promise<Journal> {
    const handle = await open(file, at === undefined ? 'wx+' : 'r+');
    if (at === undefined) {
      try {
        const { bytesWritten } = await handle.write(magic, 0, magic.length, 0);
        if (bytesWritten < magic.length) throw Object.assign(new Error('the disk is full'), { code: 'ENOSPC' });
        await handle.sync();
      } catch (error) {
        await handle.close();
        await rm(file, { force: true });
        throw error;
      }
    }
    return new Journal(file, handle, at ?? magic.length, fsync);
  }

  get size(): number {
    return this.at;
  }

  /** Resolves when the bytes are safe. `undo` takes their effect back and is called if they never will be. */
  append(bytes: Buffer, undo: () => void): Promise<void> {
    if (this.broken) {
      undo();
      return Promise.reject(this.broken);
    }
    return new Promise((resolve, reject) => {
      this.pending.push({ bytes, undo, resolve, reject });
      this.working ??= this.work();
    });
  }

  /** Resolves when everything appended so far is safe; rejects if a part of it had to be undone. */
  settled(): Promise<void> {
    return this.working ? this.append(Buffer.alloc(0), () => undefined) : Promise.resolve();
  }

  /** Resolves when everything appended so far is written and synced. */
  async flush(): Promise<void> {
    while (this.working) await this.working;
    if (this.unsynced) await this.sync();
  }

  async close(): Promise<void> {
    await this.flush();
    clearTimeout(this.timer);
    await this.handle.close();
  }

  private async sync(): Promise<void> {
    this.unsynced = false;
    this.lastSync = Date.now();
    this.syncs++;
    await this.handle.datasync();
  }

  private async work(): Promise<void> {
    // one turn of the event loop, so that commands which arrived together share the write
    await new Promise((next) => setImmediate(next));
    while (this.pending.length > 0) {
      const batch = this.pending;
      this.pending = [];
      try {
        await this.write(Buffer.concat(batch.map(({ bytes }) => bytes)));
      } catch (error) {
        await this.giveUp([...batch, ...this.pending.splice(0)], error);
        break;
      }
      for (const { resolve } of batch) resolve();
    }
    this.working = undefined;
    if (this.pending.length > 0) this.working = this.work();
  }

  private async write(bytes: Buffer): Promise<void> {
    if (this.torn) await this.mend();
    let written = 0;
    while (written < bytes.length) {
      const { bytesWritten } = await this.handle.write(bytes, written, bytes.length - written, this.at + written);
      written += bytesWritten;
    }
    this.unsynced = true;
    if (this.fsync === 'always' || Date.now() - this.lastSync >= batchFsyncMs) await this.sync();
    else this.timer ??= setTimeout(() => this.late(), batchFsyncMs).unref();
    this.at += bytes.length;
  }

  private late(): void {
    this.timer = undefined;
    if (!this.unsynced) return;
    this.sync().catch((error: unknown) => {
      this.broken = asRefusal(error);
    });
  }

  private async mend(): Promise<void> {
    await this.handle.truncate(this.at);
    await this.handle.sync();
    this.torn = false;
  }

  private async giveUp(lost: Pending[], error: unknown): Promise<void> {
    const refusal = asRefusal(error);
    for (const { undo } of lost.toReversed()) undo();
    this.torn = true;
    await this.mend().catch(() => undefined);
    for (const { reject } of lost) reject(refusal);
  }
}

/** Codes of a disk, quota or file size limit that leaves no room. */
const noRoom = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

function asRefusal(error: unknown): CommandError {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code !== undefined && noRoom.has(code))
    return new CommandError(14031, `No space left on the data disk: ${message}`);
  return new CommandError(1, `The data files cannot be written: ${message}`);
}
