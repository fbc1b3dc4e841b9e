// A guard proves that it bites: every boundary rule is broken once in a copy of the tree and must be caught there.
import { spawnSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const check = join(root, 'tools/check-boundaries.mjs');
const copied = (path) => !/(^|[/\\])(node_modules|dist|coverage|golden|assets)([/\\]|$)/.test(path.slice(root.length));

const add = (file, text) => (tree) => {
  mkdirSync(dirname(join(tree, file)), { recursive: true });
  appendFileSync(join(tree, file), `\n${text}\n`);
};
const depend =
  (file, name, list = 'dependencies') =>
  (tree) => {
    const manifest = JSON.parse(readFileSync(join(tree, file), 'utf8'));
    manifest[list] = { ...manifest[list], [name]: '0.0.0' };
    writeFileSync(join(tree, file), JSON.stringify(manifest));
  };

const probes = [
  [
    'a relative import leaves its project',
    add('libs/bus/src/index.ts', "export { newId } from '../../kernel/src/ids.js';"),
    /leaves the project/,
  ],
  [
    'an undeclared workspace package is imported',
    add('libs/kernel/src/index.ts', "export { On } from '@lyceum/bus';"),
    /not a declared dependency/,
  ],
  [
    'a service depends on another',
    depend('services/billing/package.json', '@lyceum/catalog'),
    /depends on the service/,
  ],
  ['a library depends on a service', depend('libs/host/package.json', '@lyceum/billing'), /depends on the service/],
  ['a library depends on one above it', depend('libs/store/package.json', '@lyceum/http'), /is not below/],
  ['kernel imports a package', add('libs/kernel/src/index.ts', "import { z } from 'zod';"), /does not belong into/],
  [
    'contracts imports mongoose',
    add('libs/contracts/src/index.ts', "import mongoose from 'mongoose';"),
    /does not belong into/,
  ],
  [
    'a domain file imports Nest',
    add('services/enrollment/src/enrollments/enrollment.ts', "import { Injectable } from '@nestjs/common';"),
    /domain file is pure/,
  ],
  [
    'a domain file reads the clock',
    add('services/enrollment/src/enrollments/enrollment.ts', 'export const now = () => Date.now();'),
    /domain file is pure/,
  ],
  [
    'a domain file imports the store',
    add('services/enrollment/src/enrollments/enrollment.ts', "import { Aggregates } from '@lyceum/store';"),
    /domain file is pure/,
  ],
  [
    'deploy/local reaches into a service',
    add('deploy/local/src/probe.ts', "import { enrollmentId } from '@lyceum/enrollment/enrollments';"),
    /past its service\.ts/,
  ],
  [
    'production code uses what is for tests',
    add('services/enrollment/src/service.ts', "import { FakeClock } from '@lyceum/testing';"),
    /for tests only/,
  ],
  ['a default export', add('libs/kernel/src/probe.ts', 'export default 1;'), /default export/],
];

let missed = 0;
for (const [name, breakIt, expected] of probes) {
  const tree = mkdtempSync(join(tmpdir(), 'lyceum-probe-'));
  try {
    for (const part of ['libs', 'services', 'deploy'])
      cpSync(join(root, part), join(tree, part), { recursive: true, filter: copied });
    breakIt(tree);
    const { status, stderr } = spawnSync(process.execPath, [check, '--root', tree], { encoding: 'utf8' });
    if (status === 1 && expected.test(stderr)) console.log(`caught: ${name}`);
    else {
      missed += 1;
      console.error(`MISSED: ${name}\n${stderr}`);
    }
  } finally {
    rmSync(tree, { recursive: true, force: true });
  }
}
if (missed > 0) process.exit(1);
console.log(`All ${probes.length} probes were caught`);
