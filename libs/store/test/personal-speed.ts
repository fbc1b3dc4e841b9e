// What personal fields cost, beside the same fields in clear, in one run on one server. Not a test: it prints.
//   node --conditions=@lyceum/source --import ../../tools/ts.mjs test/personal-speed.ts   (MONGODB_URI chooses the server)
import { randomBytes } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { SystemClock, changed } from '@lyceum/kernel';
import { Metrics, createLog } from '@lyceum/telemetry';
import { Aggregates, Database, type Page, type Personal, Projection } from '../src/index.js';
import { TestBus } from './bench.js';

interface Person {
  readonly id: string;
  readonly email: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly count: number;
}

const fields = { email: String, firstName: String, lastName: String, count: Number };
const personal: Personal = {
  owner: 'id',
  fields: { email: 'erased@erased.invalid', firstName: '–', lastName: '–' },
  lookUps: { email: 'whole' },
};
const person = (id: string, count: number): Person => ({
  id,
  email: `${id}-${count}@x.example`,
  firstName: `First ${count}`,
  lastName: 'Last',
  count,
});

class People extends Aggregates<Person> {
  constructor(database: Database, collection: string, isPersonal: boolean) {
    super(database, { collection, fields, indexes: [], ...(isPersonal ? { personal } : {}) });
  }
  /** Every personal field is another one, or none is. */
  add(id: string, all: boolean): Promise<Person> {
    return this.change(id, (current) => {
      const count = (current?.count ?? 0) + 1;
      return changed(current && !all ? { ...current, count } : person(id, count));
    });
  }
  list(after?: string): Promise<Page<Person>> {
    return this.page({}, { limit: 50, after });
  }
}

class Rows extends Projection<Person> {
  readonly feeds = [];
  constructor(database: Database, collection: string, isPersonal: boolean) {
    super(database, { collection, fields, indexes: [], ...(isPersonal ? { personal } : {}) });
  }
}

const many = Number(process.env['MANY'] ?? 3_000);
const keys = Number(process.env['KEYS'] ?? 500);
const width = 32;

async function rate(count: number, work: (n: number) => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: width }, lane));
  return Math.round(count / ((performance.now() - begun) / 1_000));
}

const database = await Database.connect({
  uri: process.env['MONGODB_URI'] ?? 'mongodb://127.0.0.1:27717/?replicaSet=rs0',
  name: `speed_${randomBytes(4).toString('hex')}`,
  clock: new SystemClock(),
  log: createLog({ service: 'speed', level: 'warn', format: 'json' }),
  metrics: new Metrics('speed', { processMetrics: false }),
  bus: new TestBus(),
  service: 'speed',
  keyEncryption: { currentKeyId: 'k', keys: { k: randomBytes(32).toString('base64') } },
});
const both = [false, true].map((isPersonal) => ({
  people: new People(database, `people_${isPersonal}`, isPersonal),
  rows: new Rows(database, `rows_${isPersonal}`, isPersonal),
}));
await database.prepare();
const report: Record<string, Record<string, number>> = {};
const measure = async (
  name: string,
  count: number,
  work: (store: (typeof both)[number]) => (n: number) => Promise<unknown>,
) => {
  const rates: number[][] = [[], []];
  // by turns, so that what else the machine does falls on both
  for (let round = 0; round < 5; round += 1)
    for (const [place, store] of both.entries()) rates[place]?.push(await rate(count / 5, work(store)));
  const [clear = 0, sealed = 0] = rates.map((all) => all.reduce((sum, each) => sum + each, 0) / all.length);
  report[name] = {
    clear: Math.round(clear),
    personal: Math.round(sealed),
    ratio: Math.round((100 * sealed) / clear) / 100,
  };
};
try {
  const id = (n: number): string => `p${n % keys}`;
  for (const { people } of both) await rate(keys, (n) => people.add(id(n), true));
  await measure(
    'change() of other fields / s',
    many,
    ({ people }) =>
      (n) =>
        people.add(id(n), false),
  );
  await measure(
    'change() of all personal fields / s',
    many,
    ({ people }) =>
      (n) =>
        people.add(id(n), true),
  );
  await measure(
    'get() / s',
    many,
    ({ people }) =>
      (n) =>
        people.get(id(n)),
  );
  await measure(
    'page of 50 / s',
    500,
    ({ people }) =>
      () =>
        people.list(),
  );
  let version = 0;
  await measure(
    'rows put / s',
    many,
    ({ rows }) =>
      (n) =>
        rows.put((version += 1), person(id(n), n)),
  );
} finally {
  console.table(report);
  await database.dropAllForTests();
  await database.close();
}
