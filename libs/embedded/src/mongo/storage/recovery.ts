import { open, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { magic, readFrames } from './frames.js';

const chunkBytes = 16 * 1024 * 1024;

export interface DataFiles {
  readonly snapshot: string | undefined;
  readonly generation: number;
  /** Oldest first. */
  readonly logs: readonly { readonly file: string; readonly generation: number }[];
}

export const logName = (generation: number) => `log-${String(generation).padStart(6, '0')}`;
export const snapshotName = (generation: number) => `snapshot-${String(generation).padStart(6, '0')}`;

/** Looks which files count: the newest snapshot and the logs since. Older ones and unfinished ones are removed. */
export async function findFiles(directory: string): Promise<DataFiles> {
  const names = await readdir(directory);
  const numbered = (kind: string) =>
    names
      .map((name) => new RegExp(`^${kind}-(\\d+)$`).exec(name)?.[1])
      .filter((digits) => digits !== undefined)
      .map(Number)
      .sort((a, b) => a - b);
  const generation = numbered('snapshot').at(-1) ?? 0;
  const tornBefore = (name: string) => Number(/^log-(\d+)\.torn$/.exec(name)?.[1] ?? generation) < generation;
  for (const name of names)
    if (name.endsWith('.tmp') || tornBefore(name)) await rm(join(directory, name), { force: true });
  for (const old of numbered('snapshot')) if (old < generation) await rm(join(directory, snapshotName(old)));
  const logs: { file: string; generation: number }[] = [];
  for (const number of numbered('log')) {
    const file = join(directory, logName(number));
    if (number < generation) await rm(file);
    else logs.push({ file, generation: number });
  }
  return { snapshot: generation > 0 ? join(directory, snapshotName(generation)) : undefined, generation, logs };
}

/** Hands over every complete frame of a file; gives the file's size and where the good part ends. */
export async function replay(
  file: string,
  use: (payload: Buffer) => void,
): Promise<{ size: number; end: number; frames: number }> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    const head = Buffer.alloc(magic.length);
    await handle.read(head, 0, head.length, 0);
    if (size < magic.length) return { size, end: 0, frames: 0 };
    if (!head.equals(magic)) throw new Error(`${file} is not a data file of this server`);
    let end = magic.length;
    let frames = 0;
    let want = chunkBytes;
    while (end < size) {
      const bytes = Buffer.allocUnsafe(Math.min(want, size - end));
      let filled = 0;
      while (filled < bytes.length) {
        const { bytesRead } = await handle.read(bytes, filled, bytes.length - filled, end + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      const found = readFrames(bytes.subarray(0, filled), 0);
      for (const payload of found.payloads) use(payload);
      frames += found.payloads.length;
      end += found.end;
      if (found.payloads.length > 0) want = chunkBytes;
      else if (end + filled >= size) break;
      else want *= 2;
    }
    return { size, end, frames };
  } finally {
    await handle.close();
  }
}

/** Cuts a torn tail off a log. What is cut was never acknowledged; it is kept beside the log all the same. */
export async function cutTail(file: string, size: number, end: number): Promise<void> {
  const handle = await open(file, 'r');
  const tail = Buffer.alloc(Math.min(size - end, chunkBytes));
  await handle.read(tail, 0, tail.length, end);
  await handle.close();
  if (tail.some((byte) => byte !== 0)) await writeFile(`${file}.torn`, tail).catch(() => undefined);
  await truncate(file, end);
}
