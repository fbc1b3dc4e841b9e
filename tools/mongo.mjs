// npm run mongo -- --port P --data DIR: the embedded MongoDB-compatible server alone.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { environment, node, prepare, root } from './prepare.mjs';

prepare();
const child = spawn(node(), [join(root, 'libs/embedded/dist/mongo/main.js'), ...process.argv.slice(2)], {
  cwd: root,
  env: environment(),
  stdio: 'inherit',
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => signal === 'SIGTERM' && child.kill(signal));
child.on('exit', (code) => process.exit(code ?? 1));
