import { createWriteStream } from 'node:fs';
import { relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { DataDirectory } from './data-directory.js';
import { type Platform, startPlatform } from './platform.js';
import { takenPorts } from './ports.js';
import { keptSecrets } from './secrets.js';
import { demoAdmin, demoInstructor, demoLearner, seed } from './seed.js';

const { values } = parseArgs({
  options: {
    fresh: { type: 'boolean', default: false },
    port: { type: 'string', default: '4000' },
    data: { type: 'string', default: '.lyceum' },
    'no-demo': { type: 'boolean', default: false },
  },
});

/** Ends with one sentence. */
function giveUp(sentence: string): never {
  console.error(`\n${sentence}\n`);
  process.exit(1);
}

const first = Number(values.port);
if (!Number.isInteger(first) || first < 1 || first > 65_530)
  giveUp(`--port takes a number from 1 to 65530, not ${values.port}.`);
const ports = { edge: first, mailbox: first + 1, stripe: first + 2, bucket: first + 3, mongo: first + 4 };

const directory = new DataDirectory(resolve(values.data));
const already = directory.running();
if (already)
  giveUp(
    `Lyceum already runs on ${directory.path} (process ${already.pid}, ${already.edgeUrl}); stop it first, or use --data and --port.`,
  );
if (values.fresh) directory.empty();
const taken = await takenPorts(Object.values(ports));
if (taken.length > 0)
  giveUp(
    `Port ${taken.join(' and ')} ${taken.length > 1 ? 'are' : 'is'} taken by another program; free it, or choose others with: npm start -- --port ${first + 1000}`,
  );

const log = createWriteStream(directory.logFile, { flags: 'a' });
log.on('error', (error) => console.error(`The log cannot be written: ${error.message}`));

let platform: Platform | undefined;
let stopping = false;
async function stop(): Promise<void> {
  if (stopping) return process.exit(1); // a second Ctrl-C
  stopping = true;
  console.log('\nStopping …');
  setTimeout(() => process.exit(1), 10_000).unref();
  await platform?.close();
  directory.retract();
  process.exit(0);
}
process.on('SIGINT', () => void stop());
process.on('SIGTERM', () => void stop());
process.on('unhandledRejection', (reason) =>
  log.write(`${JSON.stringify({ level: 'error', message: 'unhandled rejection', reason: String(reason) })}\n`),
);

const began = performance.now();
try {
  const secrets = await keptSecrets(directory.secretsFile);
  process.stdout.write('Starting:');
  platform = await startPlatform({
    dataDir: directory.path,
    secrets,
    ports,
    admin: demoAdmin,
    logStream: log,
    onProgress: (what) => process.stdout.write(` ${what} …`),
  });
  const { edgeUrl, standIns } = platform;
  if (!values['no-demo']) {
    process.stdout.write(' demo courses …');
    await seed(edgeUrl, standIns.mailbox.url);
  }
  directory.announce({ pid: process.pid, edgeUrl, mailboxUrl: standIns.mailbox.url });
  console.log(banner(platform, (performance.now() - began) / 1_000));
} catch (error) {
  await platform?.close().catch(() => undefined);
  if (String(error).includes('ENOSPC')) giveUp(`The disk is full: ${directory.path} cannot be written.`);
  console.error(error);
  giveUp(`Lyceum could not start; the log is ${directory.logFile}.`);
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
