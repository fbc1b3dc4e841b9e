// Sets the workspace up with Node's built-ins only: packages as package-lock says, then the build with its cache.
// Written for Node 20: it may run before Node 24 (node_modules/.bin/node) is there.
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs'; // all of it: a name that an old Node lacks would be a syntax error instead of a sentence
import { join, resolve } from 'node:path';

export const root = resolve(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '..');
const windows = process.platform === 'win32';

/** Ends with one sentence for the person at the keyboard. */
export function giveUp(sentence) {
  console.error(`\n${sentence}\n`);
  process.exit(1);
}

/** The Node that runs everything: npm's package of it where there is one, else the one that runs this. */
export function node() {
  const packaged = join(root, 'node_modules/.bin', windows ? 'node.cmd' : 'node');
  return fs.existsSync(packaged) ? packaged : process.execPath;
}

/** The environment for child processes: the workspace's own programs come first. */
export const environment = (extra = {}) => ({
  ...process.env,
  PATH: `${join(root, 'node_modules/.bin')}${windows ? ';' : ':'}${process.env.PATH ?? ''}`,
  NX_DAEMON: 'false',
  NX_TUI: 'false',
  ...extra,
});

/** Whether node_modules holds what package-lock.json names: npm keeps its own record of what it has installed. */
function isInstalled() {
  const record = join(root, 'node_modules/.package-lock.json');
  if (!fs.existsSync(record)) return false;
  const packages = (file) => JSON.parse(fs.readFileSync(file, 'utf8')).packages;
  const installed = packages(record);
  return Object.entries(packages(join(root, 'package-lock.json'))).every(
    ([path, { version, link, optional }]) =>
      !path.startsWith('node_modules/') || link || optional || installed[path]?.version === version,
  );
}

export function checkMachine() {
  const [major] = process.versions.node.split('.').map(Number);
  if (major < 20) giveUp(`Lyceum needs Node 20 or newer to start; this is ${process.version}.`);
  const { bavail, bsize } = fs.statfsSync(root);
  const free = Number(bavail) * Number(bsize);
  if (!isInstalled() && free < 1.5e9)
    giveUp(`Lyceum needs 1.5 GB of disk for its packages; ${(free / 1e9).toFixed(1)} GB are free here.`);
}

export function install() {
  if (isInstalled()) return;
  const began = Date.now();
  console.log('Installing the packages that package-lock.json names (about a minute the first time) …');
  const npm = process.env.npm_execpath;
  const [command, args] = npm ? [process.execPath, [npm, 'ci']] : [windows ? 'npm.cmd' : 'npm', ['ci']];
  const { status, stdout, stderr } = spawnSync(command, [...args, '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    encoding: 'utf8',
    shell: windows && !npm,
  });
  if (status !== 0) {
    const said = `${stdout}\n${stderr}`;
    if (/ENOSPC/.test(said)) giveUp('The disk is full: the packages could not be installed.');
    if (/EAI_AGAIN|ENOTFOUND|ECONNREFUSED|ETIMEDOUT/.test(said))
      giveUp('The npm registry cannot be reached: the packages could not be installed.');
    giveUp(`npm ci failed:\n${said.trim().split('\n').slice(-15).join('\n')}`);
  }
  console.log(`Installed in ${seconds(began)}.`);
}

export function build() {
  const began = Date.now();
  console.log('Building (cached where nothing changed) …');
  const { status, stdout, stderr } = spawnSync(
    node(),
    [join(root, 'node_modules/nx/dist/bin/nx.js'), 'run-many', '-t', 'build', '--outputStyle=static'],
    {
      cwd: root,
      env: environment(),
      encoding: 'utf8',
      maxBuffer: 64e6,
    },
  );
  if (status !== 0) {
    const said = `${stdout}\n${stderr}`;
    if (/ENOSPC/.test(said)) giveUp('The disk is full: the build could not be written.');
    giveUp(`The build failed:\n${said.trim().split('\n').slice(-60).join('\n')}`);
  }
  console.log(`Built in ${seconds(began)}.`);
}

export const seconds = (began) => `${((Date.now() - began) / 1000).toFixed(1)} s`;

export function prepare() {
  checkMachine();
  install();
  build();
}
