// Type-checks some projects only: `node tools/typecheck.mjs services/billing libs/store`. `npm run typecheck` checks everything.
import { mkdirSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const projects = process.argv.slice(2).map((p) => p.replace(/\/$/, ''));
const name = projects.join('-').replaceAll('/', '_');
mkdirSync(join(root, '.cache'), { recursive: true });
const file = join(root, '.cache', `tsconfig.${name}.json`);
writeFileSync(
  file,
  JSON.stringify({
    extends: '../tsconfig.json',
    compilerOptions: { tsBuildInfoFile: `./tsc.${name}.tsbuildinfo` },
    include: projects.flatMap((p) => [`../${p}/**/*.ts`]),
    exclude: ['../**/dist', '../**/node_modules'],
  }),
);
const { status } = spawnSync(join(root, 'node_modules/.bin/tsc'), ['-p', file, '--checkers', '1'], {
  stdio: 'inherit',
});
process.exit(status ?? 1);
