// npm run events: dead letters, replays and rebuilds of a running platform, for operators. Nothing needs to be built for it.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { checkMachine, environment, install, node, root } from './prepare.mjs';

checkMachine();
install();
const { status } = spawnSync(
  node(),
  [
    '--import',
    pathToFileURL(join(root, 'tools/ts.mjs')).href,
    '--conditions=@lyceum/source',
    join(root, 'deploy/local/src/events.ts'),
    ...process.argv.slice(2),
  ],
  { cwd: root, env: environment(), stdio: 'inherit' },
);
process.exit(status ?? 1);
