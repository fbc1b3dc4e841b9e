// npm start: installs and builds what is needed, then runs the whole platform in one process.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { environment, node, prepare, root } from './prepare.mjs';

prepare();
const child = spawn(
  node(),
  ['--enable-source-maps', join(root, 'deploy/local/dist/main.js'), ...process.argv.slice(2)],
  {
    cwd: root,
    env: environment(),
    stdio: 'inherit',
  },
);
// Ctrl-C reaches the child from the terminal; a signal sent to this process alone is handed on
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => signal === 'SIGTERM' && child.kill(signal));
child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
