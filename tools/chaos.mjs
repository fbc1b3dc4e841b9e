// npm run chaos: purchases while everything is killed, frozen and cut; then everything is counted. See docs/chaos.md.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { environment, node, prepare, root } from './prepare.mjs';

prepare();
const child = spawn(
  node(),
  ['--enable-source-maps', join(root, 'deploy/local/dist/chaos/main.js'), ...process.argv.slice(2)],
  { cwd: root, env: environment(), stdio: 'inherit' },
);
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => signal === 'SIGTERM' && child.kill(signal));
child.on('exit', (code) => process.exit(code ?? 1));
