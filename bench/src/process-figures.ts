import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

/** Resident memory in bytes. */
export function memoryOf(pid: number): number {
  const { status, stdout } = spawnSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`ps says nothing about process ${pid}`);
  return Number(stdout) * 1_024;
}

/** Processor time that a process has used so far, in ms and by steps of 10; undefined where /proc does not tell. */
export function processorTimeOf(pid: number): number | undefined {
  const file = `/proc/${pid}/stat`;
  if (!existsSync(file)) return undefined;
  // the fields after the program's name, which may hold anything; 14 and 15 are ticks of 10 ms in user and kernel mode
  const fields = readFileSync(file, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
