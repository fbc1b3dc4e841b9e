// What was promised in libs/contracts stays: compares every event with its record in golden/recorded/, which holds the schema as
// it was last accepted and the digests of the golden samples. `--golden DIR` takes another folder: the tests use it.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Envelope, allEvents, differences, explain, schemaOf } from '@lyceum/contracts';

const HELP = `npm run contracts                                compares the events with what was recorded of them
npm run contracts -- accept                      records new events, optional fields and samples
npm run contracts -- accept --notice "<how so>"  records also what widens a field; the reason is kept in the record`;

const root = resolve(import.meta.dirname, '..');
const { golden, notice, command } = options();
const recordsDir = join(golden, 'recorded');
const read = (file) => JSON.parse(readFileSync(file, 'utf8'));
// of what the sample says, not of how it is written down
const sorted = (_key, value) =>
  value && typeof value === 'object' && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;
const digest = (sample) => `sha256-${createHash('sha256').update(JSON.stringify(sample, sorted)).digest('base64')}`;

const contracts = [...allEvents.map((event) => ({ type: event.type, schema: schemaOf(event), event }))];
contracts.push({ type: 'envelope.v1', schema: schemaOf({ schema: Envelope }) });

const problems = []; // what nobody can accept
const widened = []; // what can be accepted with a reason
const fresh = []; // what only has to be recorded
const written = [];
for (const { type, schema, event } of contracts) {
  const samples = event ? samplesOf(type) : [];
  const file = join(recordsDir, `${type}.json`);
  const before = existsSync(file) ? read(file) : undefined;
  const widenings = [];
  if (!before) fresh.push(`${type} is new and not recorded yet: run \`npm run contracts -- accept\``);
  for (const difference of before ? differences(before.schema, schema) : []) {
    const sentence = explain(type, difference);
    if (difference.effect === 'breaks') problems.push(sentence);
    else if (difference.effect === 'adds') fresh.push(sentence);
    else {
      widened.push(sentence);
      widenings.push(difference.what);
    }
  }
  const digests = samples.map(digest);
  checkSamples(type, event, samples, before?.samples ?? [], digests);
  const notices = [...(before?.notices ?? []), ...widenings.map((what) => ({ what, reason: notice }))];
  written.push([file, { type, schema, samples: digests, ...(notices.length > 0 ? { notices } : {}) }]);
}
for (const file of existsSync(recordsDir) ? readdirSync(recordsDir) : []) {
  const type = file.replace(/\.json$/, '');
  if (!contracts.some((each) => each.type === type))
    problems.push(
      `${type} is recorded but no longer declared: its messages lie in logs and queues; put its definition back`,
    );
}

const refused = [...problems, ...(command === 'accept' && notice ? [] : widened)];
if (command === 'accept' && refused.length === 0) {
  record();
  console.log(
    fresh.length + widened.length === 0 ? 'nothing new' : [...fresh.map(news), ...widened.map(news)].join('\n'),
  );
} else {
  const all = command === 'accept' ? refused : [...refused, ...fresh];
  for (const sentence of all) console.error(sentence);
  if (command === 'accept') console.error('Nothing was recorded.');
  else console.log(`${contracts.length} contracts, ${all.length} ${all.length === 1 ? 'problem' : 'problems'}`);
  process.exitCode = all.length > 0 ? 1 : 0;
}

/** The samples of what was published are only ever appended to, and today's code reads them all. */
function checkSamples(type, event, samples, recorded, digests) {
  if (!event) return;
  if (samples.length === 0) problems.push(`${type} has no sample: write one into libs/contracts/golden/${type}.json`);
  recorded.forEach((digest, index) => {
    if (!digests.includes(digest))
      problems.push(
        `${type}: golden sample ${index + 1} was changed or taken away, but messages like it were published; put it back, and append the new form`,
      );
  });
  samples.forEach((sample, index) => {
    const { error } = safely(() => event.parse(sample));
    if (error)
      problems.push(
        `${type} no longer reads its golden sample ${index + 1} (${firstIssue(error)}); messages like it were published: read them still, or publish another version beside it`,
      );
  });
  const more = digests.filter((each) => !recorded.includes(each)).length;
  if (recorded.length > 0 && more > 0)
    fresh.push(`${type} has ${more} more golden sample(s), not recorded yet: run \`npm run contracts -- accept\``);
}

function samplesOf(type) {
  const file = join(golden, `${type}.json`);
  const samples = existsSync(file) ? read(file) : [];
  return Array.isArray(samples) ? samples : [];
}

function record() {
  mkdirSync(recordsDir, { recursive: true });
  for (const [file, content] of written) writeFileSync(file, `${JSON.stringify(content, null, 2)}\n`);
  spawnSync(join(root, 'node_modules/.bin/oxfmt'), [recordsDir], { cwd: root, stdio: 'ignore' });
}

function safely(work) {
  try {
    return { value: work() };
  } catch (error) {
    return { error };
  }
}

function firstIssue(error) {
  const [issue] = error.issues ?? [];
  return issue ? `${issue.path.join('.')}: ${issue.message}` : String(error);
}

function news(sentence) {
  return `recorded: ${sentence.replace(/[,;] (which is not|not recorded|a subscriber).*$| and not recorded yet.*$/, '')}`;
}

function options() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { golden: { type: 'string' }, notice: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
    });
    const [first = 'check', ...more] = positionals;
    if (values.help) {
      console.log(HELP);
      process.exit(0);
    }
    if (!['check', 'accept'].includes(first) || more.length > 0) throw new Error(`unknown: ${positionals.join(' ')}`);
    if (values.notice !== undefined && (first !== 'accept' || !values.notice.trim()))
      throw new Error('--notice belongs to accept and needs a reason');
    return {
      command: first,
      notice: values.notice,
      golden: resolve(values.golden ?? join(root, 'libs/contracts/golden')),
    };
  } catch (error) {
    console.error(`${error.message}\n\n${HELP}`);
    process.exit(2);
  }
}
