// npm run docs: writes docs/generated/ from the contracts and the running routes; --check only says what is out of date.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { environment, node, prepare, root } from './prepare.mjs';

prepare();
const { status } = spawnSync(node(), [join(root, 'deploy/local/dist/docs/main.js'), ...process.argv.slice(2)], {
  cwd: root,
  env: environment(),
  stdio: 'inherit',
});
process.exit(status ?? 1);
