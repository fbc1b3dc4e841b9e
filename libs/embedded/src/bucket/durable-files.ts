import { randomUUID } from 'node:crypto';
import { link, mkdir, open, rename, rm, copyFile, constants } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/**
 * Streams bytes into a new file and makes them durable: when this returns, the file survives a power cut.
 * A source that fails leaves no file behind.
 */
export async function writeNewFile(path: string, source: AsyncIterable<Uint8Array>): Promise<void> {
  await makeDirectory(dirname(path));
  const file = await open(path, 'wx');
  try {
    for await (const chunk of source) await file.write(chunk);
    await file.sync();
    await file.close();
    await syncDirectory(dirname(path));
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(path, { force: true });
    throw error;
  }
}

/** Replaces a small file as a whole: after a crash there is the old content or the new, never a part. */
export async function replaceFile(path: string, content: string): Promise<void> {
  await makeDirectory(dirname(path));
  const temporary = `${path}.${randomUUID()}.tmp`;
  const file = await open(temporary, 'wx');
  try {
    await file.writeFile(content);
    await file.sync();
    await file.close();
    await rename(temporary, path);
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(temporary, { force: true });
    throw error;
  }
  await syncDirectory(dirname(path));
}

export async function removeFile(path: string): Promise<void> {
  await rm(path, { force: true });
  await syncDirectory(dirname(path));
}

/** Gives immutable content a second name; a file system without links gets a copy. @throws ENOENT when the source is gone. */
export async function cloneFile(from: string, to: string): Promise<void> {
  await makeDirectory(dirname(to));
  try {
    await link(from, to);
  } catch (error) {
    if (isMissing(error)) throw error;
    await copyFile(from, to, constants.COPYFILE_FICLONE);
    await syncPath(to, 'r+');
  }
  await syncDirectory(dirname(to));
}

export const isMissing = (error: unknown) => error instanceof Error && 'code' in error && error.code === 'ENOENT';

/** A new name that needs no escaping, spread over 256 directories. */
export function freshBlobName(): string {
  const name = randomUUID();
  return join(name.slice(0, 2), name);
}

export async function makeDirectory(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true });
  if (first !== undefined) await syncDirectory(dirname(first));
}

/** Makes renames and unlinks in a directory durable. Windows has no such call and needs none. */
async function syncDirectory(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  await syncPath(path, 'r');
}

async function syncPath(path: string, flags: string) {
  const file = await open(path, flags);
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
