import { appendFileSync, createWriteStream } from 'node:fs';
import { relative, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { inspect, parseArgs } from 'node:util';
import { DataDirectory } from './data-directory.js';
import { chosenSettings } from './environment.js';
import type { Platform } from './platform.js';
import { blockedPorts, takenPorts } from './ports.js';
import { demoAdmin, demoInstructor, demoLearner, seed } from './seed.js';

/** Ends with one sentence. */
function giveUp(sentence: string): never {
  console.error(`\n${sentence}\n`);
  process.exit(1);
}

function options() {
  try {
    return parseArgs({
      options: {
        fresh: { type: 'boolean', default: false },
        port: { type: 'string', default: '4000' },
        data: { type: 'string', default: '.lyceum' },
        'no-demo': { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    const [what] = (error instanceof Error ? error.message : String(error)).split(/[.\n]/);
    return giveUp(`${what}: npm start takes --port NUMBER, --data DIRECTORY, --fresh and --no-demo, after a --.`);
  }
}

const values = options();
const first = Number(values.port);
if (!Number.isInteger(first) || first < 1 || first > 65_530)
  giveUp(`--port takes a number from 1 to 65530, not ${values.port}.`);
const ports = { edge: first, mailbox: first + 1, stripe: first + 2, bucket: first + 3, mongo: first + 4 };
const refused = blockedPorts(Object.values(ports));
if (refused.length > 0)
  giveUp(
    `Browsers refuse to call port ${refused.join(' and ')}; choose others with: npm start -- --port ${first + 100}`,
  );
const me = {
  pid: process.pid,
  edgeUrl: `http://localhost:${ports.edge}`,
  mailboxUrl: `http://localhost:${ports.mailbox}`,
};

const directory = new DataDirectory(resolve(values.data));
function claimed() {
  try {
    return directory.claim(me);
  } catch (error) {
    return giveUp(whyNot(error) ?? `${directory.path} cannot be used for the data: ${String(error)}`);
  }
}
const already = claimed();
if (already)
  giveUp(
    `Lyceum already runs on ${directory.path} (process ${already.pid}, ${already.edgeUrl}); stop it first, or use --data and --port.`,
  );
process.on('exit', () => directory.retract());

const foreign = values.fresh ? directory.foreign() : [];
if (foreign.length > 0)
  giveUp(
    `--fresh empties ${directory.path}, but ${foreign.slice(0, 3).join(', ')} there is not Lyceum's; nothing was removed.`,
  );
const taken = await takenPorts(Object.values(ports));
if (taken.length > 0)
  giveUp(
    `Port ${taken.join(' and ')} ${taken.length > 1 ? 'are taken by other programs; free them' : 'is taken by another program; free it'}, or choose others with: npm start -- --port ${first < 60_000 ? first + 1000 : 4000}`,
  );
if (values.fresh) directory.empty();

const log = createWriteStream(directory.logFile, { flags: 'a' });
log.on('error', () => undefined); // a full disk stops what matters more, and that tells

let platform: Platform | undefined;
let stopping = false;
/** Whatever is not finished by then is as after a crash: nothing that was acknowledged is lost. */
const LONGEST_STOP_MS = 2_500;
async function stop(): Promise<void> {
  stopping = true;
  console.log('\nStopping …');
  const late = wait(LONGEST_STOP_MS, 'late');
  const outcome = await Promise.race([platform?.close(), late]).catch(note('stopping failed'));
  if (outcome === 'late') note('stopping was not finished in time')(undefined);
  process.exit(0);
}
function note(message: string) {
  return (reason: unknown): void => {
    const line = JSON.stringify({ level: 'error', message, ...(reason ? { reason: inspect(reason) } : {}) });
    try {
      appendFileSync(directory.logFile, `${line}\n`); // at once: the process may end right after
    } catch {
      // the disk is full, or gone
    }
  };
}
// a signal may come twice, to this process and handed on to it; only a second Ctrl-C says that somebody cannot wait
process.on('SIGINT', () => (stopping ? process.exit(1) : void stop()));
process.on('SIGTERM', () => (stopping ? undefined : void stop()));
process.on('unhandledRejection', note('unhandled rejection'));

const began = performance.now();
try {
  process.stdout.write('Starting:');
  // loading all services takes a second or two: what can be said and stopped before then need not wait for it
  const [{ startPlatform }, { keptSecrets }] = await Promise.all([import('./platform.js'), import('./secrets.js')]);
  const secrets = await keptSecrets(directory.secretsFile);
  platform = await startPlatform({
    dataDir: directory.path,
    secrets,
    ports,
    admin: demoAdmin,
    settings: chosenSettings(process.env),
    logStream: log,
    onProgress: (what) => process.stdout.write(` ${what} …`),
  });
  const { edgeUrl, standIns } = platform;
  if (!values['no-demo']) {
    process.stdout.write(' demo courses …');
    await seed(edgeUrl, standIns.mailbox.url);
  }
  directory.announce(me);
  if (!stopping) console.log(banner(platform, (performance.now() - began) / 1_000));
} catch (error) {
  if (stopping) await new Promise(() => undefined); // it broke off because of that
  const sentence = whyNot(error);
  await Promise.race([platform?.close(), wait(LONGEST_STOP_MS)]).catch(() => undefined);
  if (sentence) giveUp(sentence);
  console.error(error);
  giveUp(`Lyceum could not start; the log is ${directory.logFile}.`);
}

/** The sentence for what a person can do something about. */
function whyNot(error: unknown): string | undefined {
  const said = inspect(error);
  if (said.includes('ENOSPC') || directory.isFull()) return `The disk is full: ${directory.path} cannot be written.`;
  if (said.includes('EADDRINUSE'))
    return `A port from ${ports.edge} to ${ports.mongo} was just taken by another program; start again, or choose others with --port.`;
  if (/EACCES|EROFS|EPERM/.test(said)) return `${directory.path} cannot be written: it belongs to somebody else.`;
  if (/ENOTDIR|EEXIST/.test(said)) return `${directory.path} cannot hold the data: it is not a directory.`;
  return undefined;
}

function banner({ edgeUrl, standIns }: Platform, seconds: number): string {
  const local = (port: number) => `http://localhost:${port}`;
  const account = ({ email, password }: { email: string; password: string }) => `${email.padEnd(24)} ${password}`;
  const lines = [
    `Lyceum runs (started in ${seconds.toFixed(1)} s)`,
    '',
    `  API              ${edgeUrl}`,
    `  API reference    ${edgeUrl}/docs`,
    `  Mailbox          ${local(standIns.mailbox.port)}`,
    `  Pay page's home  ${local(standIns.stripe.port)}`,
    '',
    ...(values['no-demo']
      ? [`  Admin            ${account(demoAdmin)}`]
      : [
          `  Admin            ${account(demoAdmin)}`,
          `  Instructor       ${account(demoInstructor)}`,
          `  Learner          ${account(demoLearner)}`,
        ]),
    '',
    `  Data and log     ${relative(process.cwd(), directory.path) || '.'}/  (kept; npm start -- --fresh empties it)`,
    `  See it work      npm run demo`,
    `  Stop             Ctrl-C`,
  ];
  const width = Math.max(...lines.map((line) => line.length)) + 2;
  const rule = '─'.repeat(width);
  return ['', `┌${rule}┐`, ...lines.map((line) => `│ ${line.padEnd(width - 1)}│`), `└${rule}┘`, ''].join('\n');
}
