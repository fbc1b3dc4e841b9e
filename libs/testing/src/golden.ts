import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

function workspaceRoot(from = process.cwd()): string {
  if (existsSync(join(from, 'nx.json'))) return from;
  if (dirname(from) === from) throw new Error('Not inside the workspace');
  return workspaceRoot(dirname(from));
}

/**
 * The recorded envelopes of an event type, oldest first. They are append-only: what was once published must stay readable.
 * Throws when the type has no file in `libs/contracts/golden/`.
 */
export function goldenSamples(type: string): unknown[] {
  const file = join(workspaceRoot(), 'libs/contracts/golden', `${type}.json`);
  const samples: unknown = JSON.parse(readFileSync(file, 'utf8'));
  if (!Array.isArray(samples) || samples.length === 0) throw new Error(`${type} has no golden sample`);
  return samples;
}
