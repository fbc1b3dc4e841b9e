import {
  closeSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';

/** One changed document; null says that it is gone. */
export type Entry = [kind: string, id: string, document: object | null];

/**
 * Changes as lines of JSON in `journal.jsonl`, one line per change, so that a change is there wholly or not at all.
 * A line is with the operating system before `append` returns: it outlives a kill -9 (not a power cut).
 */
export class Journal {
  private readonly file: string;
  private handle: number;
  private size = 0;
  private sizeWhenCompact = 0;

  constructor(private readonly dir: string) {
    mkdirSync(dir, { recursive: true });
    this.file = join(dir, 'journal.jsonl');
    this.handle = openSync(this.file, 'a');
  }

  /** Every change since the beginning; a torn last line, which nobody was told of, is cut off. */
  read(): Entry[][] {
    const bytes = readFileSync(this.file);
    const end = bytes.lastIndexOf('\n') + 1;
    if (end < bytes.length) ftruncateSync(this.handle, end);
    this.size = end;
    const lines = bytes.subarray(0, end).toString('utf8').split('\n');
    return lines.flatMap((line, position): Entry[][] => {
      if (line === '') return [];
      try {
        return [JSON.parse(line)];
      } catch (error) {
        throw new Error(`${this.file}: line ${position + 1} is damaged`, { cause: error });
      }
    });
  }

  /** Throws when the disk refuses; the journal is then as it was before. */
  append(entries: Entry[]): void {
    const line = Buffer.from(`${JSON.stringify(entries)}\n`);
    try {
      writeFully(this.handle, line);
      this.size += line.length;
    } catch (error) {
      ftruncateSync(this.handle, this.size);
      throw error;
    }
  }

  outgrown(): boolean {
    return this.size > 8 * 1024 * 1024 && this.size > 2 * this.sizeWhenCompact;
  }

  /** Replaces the whole history by the present, atomically. */
  compact(present: Iterable<Entry>): void {
    const fresh = join(this.dir, 'journal.new');
    rmSync(fresh, { force: true });
    const handle = openSync(fresh, 'a');
    let size = 0;
    for (const entry of present) {
      const line = Buffer.from(`${JSON.stringify([entry])}\n`);
      writeFully(handle, line);
      size += line.length;
    }
    fsyncSync(handle);
    renameSync(fresh, this.file);
    closeSync(this.handle);
    this.handle = handle;
    this.size = this.sizeWhenCompact = size;
  }

  close(): void {
    closeSync(this.handle);
  }
}

function writeFully(handle: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length;) at += writeSync(handle, bytes, at);
}
