import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';

/** Below this size in bytes a journal is not compacted while it runs. */
const smallEnough = 4 * 1024 * 1024;

interface Batch {
  readonly lines: string[];
  durable: boolean;
  readonly written: PromiseWithResolvers<void>;
}

const seal = (record: unknown): string => {
  const json = JSON.stringify(record);
  return `${crc32(json).toString(16).padStart(8, '0')} ${json}\n`;
};

function unseal(line: string): unknown {
  const json = line.slice(9);
  if (line[8] !== ' ' || crc32(json).toString(16).padStart(8, '0') !== line.slice(0, 8)) return undefined;
  const record: unknown = JSON.parse(json);
  return record;
}

async function syncDirectory(directory: string): Promise<void> {
  if (process.platform === 'win32') return; // directories cannot be synced there
  const handle = await open(directory, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * An append-only file of records, one checksummed line each. Records of one moment share one fsync.
 * The file is rewritten from `snapshot()` when it is opened, when it has grown to four times its live size, and after a
 * failed write; so records must be such that reading some of them twice changes nothing. One process at a time.
 */
export class Journal<Entry> {
  private handle: FileHandle | undefined;
  private waiting: Batch | undefined;
  private draining: Promise<void> | undefined;
  private size = 0;
  private compactAt = smallEnough;
  private damaged = false;
  private wanted = false;

  constructor(
    private readonly directory: string,
    private readonly snapshot: () => Iterable<Entry>,
  ) {}

  private get file(): string {
    return join(this.directory, 'bus.journal');
  }

  /**
   * Hands every record on file to `replay`, oldest first, then rewrites the file. Lines that a crash left torn are
   * skipped; when whole lines follow one, the file as it was is kept beside as `bus.journal.damaged`.
   * Resolves with the number of lines that could not be read. Throws when the directory cannot be written.
   */
  async open(replay: (record: Entry) => void): Promise<number> {
    await mkdir(this.directory, { recursive: true });
    const text = await readFile(this.file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '';
      throw error;
    });
    const lines = text.split('\n');
    const torn: number[] = [];
    for (const [index, line] of lines.entries()) {
      if (line === '') continue;
      const record = unseal(line);
      if (record === undefined) torn.push(index);
      else replay(record as Entry);
    }
    const lastWhole = lines.length - 2;
    if (torn.some((index) => index < lastWhole)) await writeFile(`${this.file}.damaged`, text);
    await this.compact();
    return torn.length;
  }

  /** Resolves when the records have been synced to disk; rejects when they could not be written. */
  append(records: readonly Entry[]): Promise<void> {
    return this.add(records, true);
  }

  /** Writes records soon, without waiting for the disk: for those whose loss only means work done twice. */
  note(record: Entry): void {
    this.add([record], false).catch(() => {}); // the next append reports a disk that does not take writes
  }

  /** Rewrites the file from the snapshot, however small it is. */
  async rewrite(): Promise<void> {
    this.wanted = true;
    await this.append([]);
  }

  /** Writes what is waiting, then closes the file. */
  async close(): Promise<void> {
    await this.draining;
    await this.handle?.close();
    this.handle = undefined;
  }

  private add(records: readonly Entry[], durable: boolean): Promise<void> {
    this.waiting ??= { lines: [], durable: false, written: Promise.withResolvers<void>() };
    for (const record of records) this.waiting.lines.push(seal(record));
    this.waiting.durable ||= durable;
    const { promise } = this.waiting.written;
    this.draining ??= this.drain().finally(() => {
      this.draining = undefined;
    });
    return promise;
  }

  private async drain(): Promise<void> {
    await Promise.resolve(); // whoever appends in the same moment shares the first write
    while (this.waiting) {
      const batch = this.waiting;
      this.waiting = undefined;
      try {
        await this.write(batch);
        batch.written.resolve();
      } catch (error) {
        this.damaged = true; // part of a line may be in the file
        batch.written.reject(new Error('The journal of the message bus could not be written', { cause: error }));
        batch.written.promise.catch(() => {});
      }
    }
  }

  private async write(batch: Batch): Promise<void> {
    // a snapshot holds what the waiting records say too
    if (this.damaged || this.wanted || this.size > this.compactAt) return this.compact();
    if (!this.handle) throw new Error('closed');
    const bytes = Buffer.from(batch.lines.join(''));
    await this.handle.appendFile(bytes);
    this.size += bytes.length;
    if (batch.durable) await this.handle.datasync();
  }

  private async compact(): Promise<void> {
    const next = `${this.file}.next`;
    const handle = await open(next, 'w');
    try {
      const bytes = Buffer.from(Array.from(this.snapshot(), seal).join(''));
      await handle.writeFile(bytes);
      await handle.sync();
      await rename(next, this.file);
      await syncDirectory(this.directory);
      await this.handle?.close();
      this.handle = handle;
      this.size = bytes.length;
      this.compactAt = Math.max(smallEnough, 4 * bytes.length);
      this.damaged = false;
      this.wanted = false;
    } catch (error) {
      await handle.close();
      throw error;
    }
  }
}
