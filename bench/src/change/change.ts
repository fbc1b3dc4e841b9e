import type { Benchmark, Section } from '../benchmark.js';
import { count, spread } from '../figures.js';
import { rateOf } from '../many-times.js';
import { type Contender, inRounds } from '../rounds.js';
import type { DatabaseServer, Stage } from '../stage.js';
import { median, ratios, spreadOf } from '../statistics.js';
import type { ChangeWork } from './change.worker.js';

type Way = 'change' | 'findOneAndUpdate';
const nameOf = (way: Way, tells: boolean) =>
  `${way === 'change' ? 'change()' : 'bare findOneAndUpdate'}${tells ? ', with an event' : ''}`;

/** The one way in which aggregates are written, against the driver's one-step update. */
export const change: Benchmark = {
  name: 'change',
  what: 'change() against a bare findOneAndUpdate',
  run: async (stage) => {
    const sections: Section[] = [];
    for (const database of await stage.databases()) sections.push(await on(stage, database));
    return sections;
  },
};

async function on(stage: Stage, database: DatabaseServer): Promise<Section> {
  stage.say(`change() on the ${database.what}`);
  const size = stage.quick ? 500 : 3_000;
  const worker = await stage.hire<ChangeWork>('change/change.worker.ts', {
    MONGODB_URI: database.url,
    DATABASE_PREFIX: `${stage.namespace}-`,
  });
  const contender = (way: Way, tells: boolean): Contender => ({
    name: nameOf(way, tells),
    measure: async () => {
      await worker.ask('prepare', undefined);
      return rateOf(size, () => worker.ask(way, { count: size, tells }));
    },
  });
  const contenders = [false, true].flatMap((tells) => [
    contender('findOneAndUpdate', tells),
    contender('change', tells),
  ]);
  const rates = await inRounds(contenders, stage.quick ? 1 : 7, stage.say);
  await worker.end();
  return sectionOf(database, rates, size);
}

function sectionOf(database: DatabaseServer, rates: ReadonlyMap<string, number[]>, size: number): Section {
  const of = (way: Way, tells: boolean) => rates.get(nameOf(way, tells)) ?? [];
  const rowOf = (way: Way, tells: boolean): string[] => {
    const ratio = spreadOf(ratios(of(way, tells), of('findOneAndUpdate', tells)));
    return [nameOf(way, tells), count(median(of(way, tells))), ratio.median.toFixed(2), spread(ratio)];
  };
  return {
    name: database.pid ? 'change' : 'change-given',
    title: `Writing an aggregate, on the ${database.what}`,
    about: `${count(size)} writes to 500 documents in each round, 16 at once. \`change()\` is two steps, since the decision is made here and not
in the database: load, decide, validate against the schema, write what differs if nobody was faster. \`findOneAndUpdate\` is one, and can only do what
an update operator can. With an event, both put it into the document in the same write.`,
    columns: ['', 'writes/s', 'of the bare one', 'least – most'],
    rows: [
      rowOf('findOneAndUpdate', false),
      rowOf('change', false),
      rowOf('findOneAndUpdate', true),
      rowOf('change', true),
    ],
    goals: [],
  };
}
