// npm run keys: prints the secrets that a new installation needs, as lines for .env; with a command, the keys of a running
// platform, for operators.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { operate } from './operator.mjs';
import { node, prepare, root } from './prepare.mjs';

if (process.argv.length > 2) operate('signing-keys.ts');

const log = console.log;
console.log = console.error; // only the secrets go to standard output
prepare();
console.log = log;
process.exit(spawnSync(node(), [join(root, 'deploy/local/dist/keys.js')], { cwd: root, stdio: 'inherit' }).status ?? 1);
