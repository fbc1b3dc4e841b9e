// npm run demo: performs the main job against a running platform and prints every step.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { environment, node, prepare, root } from './prepare.mjs';

prepare();
const { status } = spawnSync(node(), [join(root, 'deploy/local/dist/demo.js'), ...process.argv.slice(2)], {
  cwd: root,
  env: environment(),
  stdio: 'inherit',
});
process.exit(status ?? 1);
