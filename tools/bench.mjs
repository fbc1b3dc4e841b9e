// npm run bench: measures the built platform against bare libraries (bench/README.md).
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { environment, node, prepare, root } from './prepare.mjs';

prepare();
const child = spawn(
  node(),
  ['--import', join(root, 'tools/ts.mjs'), join(root, 'bench/src/main.ts'), ...process.argv.slice(2)],
  { cwd: root, env: environment({ NODE_ENV: 'production' }), stdio: 'inherit' },
);
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => signal === 'SIGTERM' && child.kill(signal));
child.on('exit', (code) => process.exit(code ?? 1));
