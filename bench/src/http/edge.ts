import type { Benchmark, Section } from '../benchmark.js';
import { count, ms, spread } from '../figures.js';
import { processorTimeOf } from '../process-figures.js';
import type { DatabaseServer, Stage } from '../stage.js';
import { median, ratios, spreadOf } from '../statistics.js';
import type { Worker } from '../workers.js';
import type { BareService } from './bare-service.worker.js';
import type { LoadGenerator, Measured } from './load.worker.js';
import type { Platform } from './platform.js';

const WIDTH = 10;

/** A catalog read through the edge, straight from the service, and from Fastify and the driver alone. */
export const edge: Benchmark = {
  name: 'edge',
  what: 'a catalog read through the edge, straight from the service, and from a bare Fastify',
  run: async (stage) => {
    const sections: Section[] = [];
    for (const database of await stage.databases()) sections.push(await on(stage, database));
    return sections;
  },
};

/** A place to ask, and the processes that work for the answer. */
interface Place {
  readonly name: string;
  readonly origin: string;
  readonly pids: readonly number[];
}
interface Round extends Measured {
  /** Processor time of the place's processes for one request, µs. */
  readonly cost: number;
}

async function on(stage: Stage, database: DatabaseServer): Promise<Section> {
  const platform = await stage.platform(database);
  const courseId = platform.courseIds[0] ?? '';
  stage.say(`catalog reads on the ${database.what}`);
  const env = { MONGODB_URI: database.url, DATABASE_PREFIX: `${stage.namespace}-` };
  const bare = await stage.hire<BareService>('http/bare-service.worker.ts', env);
  const generator = await stage.hire<LoadGenerator>('http/load.worker.ts');
  try {
    const path = `/courses/${courseId}`;
    const places = await placesOf(platform, bare, path);
    const rounds = await measure(generator, places, path, stage);
    return sectionOf(database, places, rounds);
  } finally {
    await generator.end();
    await bare.end();
  }
}

async function placesOf({ fleet, urlOf }: Platform, bare: Worker<BareService>, path: string): Promise<Place[]> {
  const direct = urlOf('catalog');
  const answer = await fetch(direct + path);
  const text = await answer.text();
  await bare.ask('keep', { courseId: path.replace('/courses/', ''), course: JSON.parse(text) as object });
  const origin = await bare.ask('url', undefined);
  const bareText = await (await fetch(origin + path)).text();
  if (bareText !== text) throw new Error(`The bare service answers something else:\n${bareText}\n${text}`);
  const pid = (name: string) => fleet.processes.filter((each) => each.name === name).map((each) => each.pid);
  return [
    { name: 'through the edge', origin: urlOf('edge'), pids: [...pid('edge'), ...pid('catalog')] },
    { name: 'straight from the service', origin: direct, pids: pid('catalog') },
    { name: 'bare Fastify and driver', origin, pids: [bare.pid] },
  ];
}

async function measure(
  generator: Worker<LoadGenerator>,
  places: readonly Place[],
  path: string,
  { quick, say }: Stage,
): Promise<Map<Place, Round[]>> {
  const rounds = new Map(places.map((place) => [place, [] as Round[]]));
  const time = quick ? 300 : 3_000;
  for (let round = 0; round <= (quick ? 1 : 7); round += 1) {
    for (const place of round % 2 ? places : places.toReversed()) {
      const before = place.pids.map(processorTimeOf);
      const measured = await generator.ask('load', { origin: place.origin, path, width: WIDTH, ms: time });
      const used = place.pids.reduce((sum, pid, i) => sum + (processorTimeOf(pid) ?? Number.NaN) - (before[i] ?? 0), 0);
      if (round > 0) rounds.get(place)?.push({ ...measured, cost: (used * 1_000) / measured.requests });
    }
    const seen = places.map((place) => `${place.name} ${Math.round(rounds.get(place)?.at(-1)?.perSecond ?? 0)}/s`);
    if (round > 0) say(`  round ${round}: ${seen.join(', ')}`);
  }
  return rounds;
}

function sectionOf(database: DatabaseServer, places: readonly Place[], rounds: ReadonlyMap<Place, Round[]>): Section {
  const values = (place: Place | undefined, what: keyof Round) =>
    ((place && rounds.get(place)) ?? []).map((round) => round[what]);
  const [through, direct, bare] = places;
  const edgeRatio = ratios(values(through, 'perSecond'), values(direct, 'perSecond'));
  const directRatio = ratios(values(direct, 'perSecond'), values(bare, 'perSecond'));
  const compared = [edgeRatio, directRatio, []].map((each) =>
    each.length > 0 ? [median(each).toFixed(2), spread(spreadOf(each))] : ['', ''],
  );
  return {
    name: database.pid ? 'edge' : 'edge-given',
    title: `A catalog read, on the ${database.what}`,
    about: `\`GET /courses/:id\`, ${WIDTH} connections that ask again as soon as they are answered, from another process; on two cores the load, the
services, the database and the Redis that counts requests share them. The **bare** one is Fastify with one route that finds the finished answer by its id and sends it: no
validation, no access rules, no request id, trace, metric or log, no ETag, and no name of the instructor that may have changed. The answers are the
same to the byte. The processor time is that of the processes that answer, without the database.`,
    columns: ['', 'requests/s', 'p50', 'p99', 'processor time', 'of the next', 'least – most'],
    rows: places.map((place, i) => [
      place.name,
      count(median(values(place, 'perSecond'))),
      ms(median(values(place, 'p50'))),
      ms(median(values(place, 'p99'))),
      `${count(median(values(place, 'cost')))} µs`,
      ...(compared[i] ?? []),
    ]),
    goals: [
      { what: 'through the edge against straight from the service', reached: median(edgeRatio), target: 0.75 },
      { what: 'straight from the service against the bare one', reached: median(directRatio), target: 0.6 },
    ],
  };
}
