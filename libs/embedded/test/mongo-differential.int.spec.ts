import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { type EmbeddedMongo, startMongo } from '../src/mongo/index.js';
import { keyOf } from './mongo-differential/case.js';
import { differentialCases } from './mongo-differential/cases.js';
import { knownDifferences } from './mongo-differential/differences.js';
import { type Outcome, outcome } from './mongo-differential/outcome.js';
import { tableOf } from './mongo-differential/table.js';
import { referenceUri } from './mongo-reference.js';

const goldenDirectory = join(__dirname, 'mongo-differential', 'golden');
const page = join(__dirname, '..', '..', '..', 'docs', 'embedded-mongodb.md');
const renew = process.env['MONGO_GOLDEN'] === 'write';
const areas = Map.groupBy(differentialCases, ({ area }) => area);
const fileOf = (area: string) => join(goldenDirectory, `${area.replaceAll(/\W+/g, '-')}.json`);

/** Several cases at a time: each has collections of its own. */
async function outcomesOn(uri: string, atOnce: number): Promise<Map<string, Outcome>> {
  const client = await new MongoClient(uri).connect();
  const db = client.db(`differential${process.pid}`);
  const found = new Map<string, Outcome>();
  const queue = differentialCases.entries();
  const work = async () => {
    for (const [i, item] of queue) found.set(keyOf(item), await outcome(db, item, `case${i}x`));
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  await db.dropDatabase();
  await client.close();
  return found;
}

describe('the same operations give the same results', () => {
  let mongo: EmbeddedMongo;
  let ours: Map<string, Outcome>;

  beforeAll(async () => {
    mongo = await startMongo();
    ours = await outcomesOn(mongo.uri, 2);
    if (!renew) return;
    mkdirSync(goldenDirectory, { recursive: true });
    for (const [area, cases] of areas) {
      const golden = Object.fromEntries(
        cases.map((item) => {
          const { result, messages } = ours.get(keyOf(item)) ?? { result: '', messages: [] };
          return [item.name, { result, messages }];
        }),
      );
      writeFileSync(fileOf(area), `${JSON.stringify(golden, null, 1)}\n`);
    }
  }, 200_000);
  afterAll(async () => {
    await mongo?.close();
  });

  describe.each([...areas.keys()])('%s', (area) => {
    const golden = () =>
      existsSync(fileOf(area)) ? (JSON.parse(readFileSync(fileOf(area), 'utf8')) as Record<string, Outcome>) : {};
    it.each((areas.get(area) ?? []).map((item) => [item.name, item] as const))('%s', (name, item) => {
      expect(ours.get(keyOf(item))).toEqual(golden()[name]);
    });
  });

  it('each case has a name of its own, and every difference is about a case', () => {
    const keys = new Set(differentialCases.map(keyOf));
    expect(keys.size).toBe(differentialCases.length);
    expect([...knownDifferences.keys()].filter((key) => !keys.has(key))).toEqual([]);
    expect(differentialCases.length).toBeGreaterThan(600);
  });

  it('the table on the page about the embedded MongoDB is this one', () => {
    const table = tableOf(differentialCases);
    const text = readFileSync(page, 'utf8');
    const [, shown = ''] = /<!-- table -->\n\n([\s\S]*?)\n\n<!-- end of table -->/.exec(text) ?? [];
    if (renew)
      writeFileSync(
        page,
        text.replace(shown, () => table),
      );
    const written = renew
      ? table
      : shown
          .replaceAll(/ +/g, ' ')
          .replaceAll(/-{2,}:/g, '--:')
          .replaceAll(/-{3,}/g, '---');
    expect(written).toBe(table);
  });

  const reference = referenceUri();
  it('as on the server given by MONGODB_URI, but for what is listed with its reason', async () => {
    if (!reference) {
      process.stdout.write(
        'Embedded MongoDB: MONGODB_URI is not set, so it is compared with its recorded results only\n',
      );
      return;
    }
    const theirs = await outcomesOn(reference, 6);
    const different: string[] = [];
    const same: string[] = [];
    for (const item of differentialCases) {
      const key = keyOf(item);
      const equal = theirs.get(key)?.result === ours.get(key)?.result;
      if (equal && knownDifferences.has(key)) same.push(key);
      if (!equal && !knownDifferences.has(key))
        different.push(`${key}\n  ours   ${ours.get(key)?.result}\n  theirs ${theirs.get(key)?.result}`);
    }
    process.stdout.write(`Embedded MongoDB against ${reference}:\n${tableOf(differentialCases)}\n`);
    if (same.length > 0) process.stdout.write(`No difference any more: ${same.join('; ')}\n`);
    expect(different).toEqual([]);
  }, 580_000);
});
