import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';

const root = join(__dirname, '../../..');
const TYPE = 'billing.payment-succeeded.v1';
const CHECK: string[] = [];
const ACCEPT = ['accept'];

type Change = (golden: string) => void;

/** Runs commands over a copy of what is recorded, after a change to it: the code then differs from it as if itself had changed. */
function contracts(change: Change, ...commands: string[][]): { status: number | null; said: string }[] {
  const golden = mkdtempSync(join(tmpdir(), 'lyceum-golden-'));
  try {
    cpSync(join(root, 'libs/contracts/golden'), golden, { recursive: true });
    change(golden);
    return commands.map((command) => {
      const program = [join(root, 'tools/contracts-check.mjs'), '--golden', golden, ...command];
      const options = ['--import', join(root, 'tools/ts.mjs'), '--conditions=@lyceum/source'];
      const { status, stdout, stderr } = spawnSync(process.execPath, [...options, ...program], { encoding: 'utf8' });
      return { status, said: stdout + stderr };
    });
  } finally {
    rmSync(golden, { recursive: true, force: true });
  }
}

const red = (said: string) => ({ status: 1, said: expect.stringContaining(said) });
const green = { status: 0 };
const nothing: Change = () => undefined;

/** Changes a JSON file of the copy. */
const editing =
  <T>(file: string, shape: z.ZodType<T>, edit: (content: T) => void): Change =>
  (golden) => {
    const path = join(golden, file);
    const content = shape.parse(JSON.parse(readFileSync(path, 'utf8')));
    edit(content);
    writeFileSync(path, JSON.stringify(content));
  };
const Body = z.looseObject({
  properties: z.record(z.string(), z.looseObject({})),
  required: z.array(z.string()),
});
const schema = (edit: (body: z.infer<typeof Body>) => void) =>
  editing(`recorded/${TYPE}.json`, z.looseObject({ schema: Body }), ({ schema: body }) => edit(body));
const samples = (edit: (all: { id: string; data: Record<string, unknown> }[]) => void) =>
  editing(`${TYPE}.json`, z.array(z.looseObject({ id: z.string(), data: z.record(z.string(), z.unknown()) })), (all) =>
    edit(all),
  );

it('the contracts are as recorded', () => {
  expect(contracts(nothing, CHECK)).toEqual([{ status: 0, said: expect.stringMatching(/^\d+ contracts, 0 problems/) }]);
});

it('a field that went away fails with a sentence that says what to do, and cannot be accepted', () => {
  const lost = schema((body) => Object.assign(body.properties, { method: { type: 'string' } }));
  const sentence = `${TYPE} lost the field \`method\`; within a version only optional fields are added: put it back, or publish billing.payment-succeeded.v2 beside v1`;
  expect(contracts(lost, CHECK, ['accept', '--notice', 'nobody reads it'], CHECK)).toEqual([
    red(sentence),
    red('Nothing was recorded.'),
    red(sentence),
  ]);
});

it('what is new fails until it is accepted', () => {
  const unknown: Change = (golden) => rmSync(join(golden, `recorded/${TYPE}.json`));
  expect(contracts(unknown, CHECK, ACCEPT, CHECK)).toMatchObject([
    red(`${TYPE} is new and not recorded yet: run \`npm run contracts -- accept\``),
    green,
    green,
  ]);
});

it('what widens a field is accepted with a reason, which stays in the record', () => {
  const wider = schema((body) => Object.assign(body.properties['paymentId'] ?? {}, { maxLength: 100 }));
  const reason = ['accept', '--notice', 'all subscribers allow 200'];
  expect(contracts(wider, ACCEPT, CHECK, reason, CHECK)).toMatchObject([
    red('a subscriber that runs the recorded version refuses such messages'),
    red('has widened `paymentId`: maxLength 200, which was 100'),
    green,
    green,
  ]);
});

it('a golden sample that was changed or taken away fails, and cannot be accepted', () => {
  const changed = samples(([first]) => Object.assign(first?.data ?? {}, { courseTitle: 'Another title' }));
  const sentence = `${TYPE}: golden sample 1 was changed or taken away`;
  expect(contracts(changed, CHECK, ACCEPT)).toEqual([red(sentence), red(sentence)]);
  const gone = samples((all) => all.splice(0));
  expect(contracts(gone, CHECK)).toEqual([red(sentence)]);
});

it('a golden sample that was appended is accepted', () => {
  const appended = samples((all) => all.push(...all.map((sample) => ({ ...sample, id: 'another' }))));
  expect(contracts(appended, CHECK, ACCEPT, CHECK)).toMatchObject([red('1 more golden sample'), green, green]);
});

it('an event that is no longer declared fails', () => {
  const gone: Change = (golden) =>
    cpSync(join(golden, `recorded/${TYPE}.json`), join(golden, 'recorded/billing.payment-forgotten.v1.json'));
  expect(contracts(gone, ACCEPT)).toEqual([red('billing.payment-forgotten.v1 is recorded but no longer declared')]);
});

it('a command that is not known is refused with the ones that are', () => {
  const [unknown, blank] = contracts(nothing, ['forget'], ['accept', '--notice', ' ']);
  expect(unknown).toMatchObject({ status: 2, said: expect.stringContaining('npm run contracts -- accept') });
  expect(blank).toMatchObject({ status: 2 });
});
