// What operators do with a running platform, through its edge: events.mjs, jobs.mjs and keys.mjs. Nothing needs to be built for it.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { checkMachine, environment, install, node, root } from './prepare.mjs';

/** Runs a program of deploy/local/src with the arguments of this one, and ends as it ends. */
export function operate(program) {
  checkMachine();
  install();
  const { status } = spawnSync(
    node(),
    [
      '--import',
      pathToFileURL(join(root, 'tools/ts.mjs')).href,
      '--conditions=@lyceum/source',
      join(root, 'deploy/local/src', program),
      ...process.argv.slice(2),
    ],
    { cwd: root, env: environment(), stdio: 'inherit' },
  );
  process.exit(status ?? 1);
}
