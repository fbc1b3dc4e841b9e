// npm run contracts: compares the events with what was recorded of them. `npm run contracts -- accept` records what is new.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { checkMachine, environment, install, node, root } from './prepare.mjs';

checkMachine();
install();
const program = [join(root, 'tools/contracts-check.mjs'), ...process.argv.slice(2)];
const loader = ['--import', join(root, 'tools/ts.mjs'), '--conditions=@lyceum/source'];
const { status } = spawnSync(node(), [...loader, ...program], { cwd: root, env: environment(), stdio: 'inherit' });
process.exit(status ?? 1);
