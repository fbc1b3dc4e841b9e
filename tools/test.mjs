// npm test: prepares the workspace, then checks and tests everything, heavy suites one at a time.
// `npm test -- unit integration` runs only those parts. The last line counts checks and tests: `N passed, N failed`.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, checkMachine, environment, install, node, root, seconds } from './prepare.mjs';

checkMachine();
install();
const scratch = mkdtempSync(join(tmpdir(), 'lyceum-test-'));
const bin = (name) => join(root, 'node_modules/.bin', name);
const results = [];

function check(name, command, args) {
  const began = Date.now();
  console.log(`\n▸ ${name}`);
  const { status } = spawnSync(command, args, { cwd: root, env: environment(), stdio: 'inherit' });
  results.push({ name, passed: status === 0 ? 1 : 0, failed: status === 0 ? 0 : 1, took: seconds(began) });
}

function tests(kind, extra = []) {
  const began = Date.now();
  console.log(`\n▸ ${kind} tests`);
  const file = join(scratch, `${kind}.json`);
  const { status } = spawnSync(
    node(),
    [join(root, 'node_modules/jest/bin/jest.js'), '--json', `--outputFile=${file}`, '--silent=false', ...extra],
    { cwd: root, env: environment({ LYCEUM_TESTS: kind }), stdio: ['ignore', 'inherit', 'inherit'] },
  );
  let passed = 0;
  let failed = 1;
  try {
    const report = JSON.parse(readFileSync(file, 'utf8'));
    passed = report.numPassedTests;
    // a suite that could not even be loaded counts as one failure
    failed =
      report.numFailedTests +
      report.testResults.filter((each) => each.status === 'failed' && each.assertionResults.length === 0).length;
    if (status !== 0 && failed === 0) failed = 1;
    const skipped = report.numPendingTests + report.numTodoTests;
    if (skipped > 0) console.error(`${skipped} ${kind} tests were skipped: nothing may be skipped`);
    failed += skipped;
  } catch {
    console.error(`The ${kind} tests left no report`);
  }
  results.push({ name: `${kind} tests`, passed, failed, took: seconds(began) });
}

const parts = {
  build: () => {
    const began = Date.now();
    console.log('▸ build');
    build(); // gives up when it fails: nothing else would make sense
    results.push({ name: 'build', passed: 1, failed: 0, took: seconds(began) });
  },
  lint: () => {
    check('format', bin('oxfmt'), ['--check', '.']);
    check('lint', bin('oxlint'), ['--type-aware', '--deny-warnings']);
    check('boundaries', node(), ['tools/check-boundaries.mjs']);
    check('boundary probes', node(), ['tools/probe-boundaries.mjs']);
  },
  types: () => check('types', bin('tsc'), ['-p', 'tsconfig.json', '--checkers', '2']),
  contracts: () => check('contracts', node(), ['tools/contracts.mjs']),
  docs: () => check('generated pages', node(), ['tools/docs.mjs', '--check']),
  unit: () => tests('unit', ['--maxWorkers=2']),
  integration: () => tests('integration', ['--maxWorkers=2']),
  story: () => tests('story', ['--runInBand']),
  chaos: () => check('chaos', node(), [join(root, 'deploy/local/dist/chaos/main.js'), '--short', '--where-possible']),
};
const wished = process.argv.slice(2).filter((name) => name in parts);
for (const [name, run] of Object.entries(parts)) if (wished.length === 0 || wished.includes(name)) run();
rmSync(scratch, { recursive: true, force: true });

console.log('');
for (const { name, passed, failed, took } of results)
  console.log(`${name.padEnd(18)} ${String(passed).padStart(5)} passed ${String(failed).padStart(4)} failed  ${took}`);
const total = (key) => results.reduce((sum, each) => sum + each[key], 0);
console.log(`${total('passed')} passed, ${total('failed')} failed`);
process.exitCode = total('failed') > 0 ? 1 : 0;
