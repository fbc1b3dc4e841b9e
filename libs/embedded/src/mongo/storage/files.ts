import { access, link, mkdir, open, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Makes a rename or a new file in a directory durable. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

const heldHere = new Set<string>();

/** Tells a process apart from a later one with the same pid, where the system can say so. */
function bornAt(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[19] ?? '';
  } catch {
    return '';
  }
}

function alive(owner: { pid: number; born: string }): boolean {
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return owner.born === '' || bornAt(owner.pid) === owner.born;
}

/**
 * Makes this process the only one that uses a data directory. The lock of a dead process is taken over.
 * Throws with the owner's pid when it is in use; gives the function that releases it.
 */
export async function lockDirectory(given: string): Promise<() => Promise<void>> {
  await mkdir(given, { recursive: true });
  const directory = await realpath(given);
  const file = join(directory, 'lock');
  if (heldHere.has(directory)) throw new Error(`${directory} is already open in this process`);
  const mine = `${file}.${process.pid}`;
  // on a full disk the lock that a dead process has left is what gives room for ours
  if (await fileExists(file)) await removeStaleLock(file, directory);
  try {
    await writeFile(mine, JSON.stringify({ pid: process.pid, born: bornAt(process.pid) }));
    for (let attempt = 0; ; attempt++) {
      try {
        // a link fails when the name exists: of two processes only one gets it
        await link(mine, file);
        break;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || attempt > 10) throw error;
        await removeStaleLock(file, directory);
      }
    }
  } finally {
    await rm(mine, { force: true });
  }
  heldHere.add(directory);
  return async () => {
    heldHere.delete(directory);
    await rm(file, { force: true });
  };
}

const fileExists = (file: string) =>
  access(file).then(
    () => true,
    () => false,
  );

async function removeStaleLock(file: string, directory: string): Promise<void> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return;
  const owner = parseOwner(text);
  const ours = owner?.pid === process.pid && owner.born === bornAt(process.pid);
  if (owner && !ours && alive(owner)) throw new Error(`${directory} is in use by the process ${owner.pid}`);
  const aside = `${file}.stale.${process.pid}`;
  await rename(file, aside).catch(() => undefined);
  // somebody may have replaced the lock in between: then it was not stale, and goes back
  const moved = await readFile(aside, 'utf8').catch(() => undefined);
  if (moved !== undefined && moved !== text) await link(aside, file).catch(() => undefined);
  await rm(aside, { force: true });
}

function parseOwner(text: string): { pid: number; born: string } | undefined {
  try {
    const owner: unknown = JSON.parse(text);
    if (typeof owner !== 'object' || owner === null || !('pid' in owner) || typeof owner.pid !== 'number')
      return undefined;
    return { pid: owner.pid, born: 'born' in owner && typeof owner.born === 'string' ? owner.born : '' };
  } catch {
    return undefined;
  }
}
