// How fast search answers with 10,000 courses. From this folder:
//   MONGODB_URI=... node --import ../../../tools/ts.mjs --expose-gc --conditions=@lyceum/source search.mjs [courses]
// Without MONGODB_URI the embedded server is measured. The database is dropped afterwards.
import { randomBytes } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { start } from '@lyceum/host';
import { Database } from '@lyceum/store';
import { Log, createLog } from '@lyceum/telemetry';
import { RecordingBus } from '@lyceum/testing';
import { listingOf } from '../src/search/listing.ts';
import { CourseIndex } from '../src/search/course-index.ts';
import { IndexFeeder } from '../src/search/index-feeder.ts';
import { ListingsStore } from '../src/search/listings.store.ts';
import { SearchQuery } from '../src/search/search.query.ts';
import { SearchService } from '../src/search/search.service.ts';
import { catalog } from '../src/service.ts';

const courses = Number(process.argv[2] ?? 10_000);
const runs = 40;

// the same catalogue every time: a small generator with a seed
let state = 42;
const random = () => {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return state / 2 ** 32;
};
const pick = (items) => items[Math.floor(random() * items.length)];
/** Word frequencies of natural language: few words everywhere, most words rarely. */
const zipf = (items) => items[Math.floor(items.length ** random()) - 1];

const syllables =
  'ba be bi co ca cu da de di fa fe ga go ha he in jo ka la le li ma me mi na no pa pe pra ra re ri sa se si ta te ti tra un va ve vo za'.split(
    ' ',
  );
const invented = Array.from({ length: 8_000 }, () =>
  Array.from({ length: 2 + Math.floor(random() * 3) }, () => pick(syllables)).join(''),
);
const topics =
  'typescript javascript python rust java kubernetes docker photography piano guitar cooking yoga marketing finance statistics algebra calculus painting writing german french spanish leadership negotiation biology chemistry'.split(
    ' ',
  );
const vocabulary = [
  'course',
  'learn',
  'introduction',
  'practical',
  'advanced',
  'complete',
  ...invented.flatMap((word, n) => (n % 40 === 20 && topics[(n - 20) / 40] ? [topics[(n - 20) / 40], word] : [word])),
];
const words = (count) => Array.from({ length: count }, () => zipf(vocabulary)).join(' ');

function edition(number) {
  const topic = pick(topics);
  return {
    id: `e${number}`,
    courseId: `course-${number}`,
    instructorId: `i${number % 500}`,
    edition: 1,
    madeAt: new Date(),
    details: {
      title: `${pick(['Practical', 'Complete', 'Advanced', 'Learn'])} ${topic} ${words(2)}`,
      summary: words(15),
      description: words(120),
      category: pick(['programming', 'design', 'music', 'business', 'science', 'languages', 'health', 'food']),
      difficulty: pick(['beginner', 'intermediate', 'advanced']),
      language: pick(['en', 'en', 'en', 'de', 'fr', 'es']),
      tags: [topic, zipf(invented)],
      price: { amount: pick([0, 999, 1_999, 2_999, 4_900, 9_900]), currency: 'EUR' },
      thumbnailMediaId: 't',
    },
    sections: [
      {
        id: 's',
        title: words(2),
        lectures: Array.from({ length: 12 }, (_, n) => ({
          id: `l${n}`,
          title: words(3),
          kind: 'article',
          resourceMediaIds: [],
          durationSeconds: 300,
          preview: false,
        })),
      },
    ],
  };
}

const queries = {
  browse: '',
  'browse, page 2': 'PAGE2',
  filters: 'category=programming&price=20-50',
  'sort by price': 'sort=price',
  'one topic': 'q=typescript',
  'one topic, page 2': 'q=typescript&PAGE2',
  'very common word': 'q=course',
  'two words': 'q=practical+python',
  beginning: 'q=types',
  'two letters': 'q=co',
  'typing error': 'q=typscript',
  'two typing errors': 'q=kubrnetse',
  'topic and filters': 'q=python&difficulty=beginner&language=en',
  nothing: 'q=xylophonist',
};

const mongo = process.env.MONGODB_URI
  ? { uri: process.env.MONGODB_URI, close: async () => {} }
  : await (await import('@lyceum/embedded/mongo')).startMongo();
const env = {
  MONGODB_URI: mongo.uri,
  DATABASE_PREFIX: `bench${randomBytes(4).toString('hex')}_`,
  PUBLIC_URL: 'http://edge.test',
  JWT_ISSUER: 'http://edge.test',
  JWKS_URL: 'http://edge.test/jwks',
  CATALOG_KEY_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
};
const service = await start(catalog, {
  env,
  bus: new RecordingBus(),
  log: createLog({ service: 'bench', level: 'silent', format: 'json' }),
  processMetrics: false,
});
const database = service.app.get(Database);
try {
  const listings = service.app.get(ListingsStore);
  const feeder = service.app.get(IndexFeeder);
  let begun = performance.now();
  for (let number = 0; number < courses; number += 20)
    await Promise.all(
      Array.from({ length: Math.min(20, courses - number) }, (_, n) => {
        const at = new Date(Date.UTC(2026, 0, 1) + (number + n) * 60_000);
        const about = {
          slug: `course-${number + n}`,
          instructorName: `Grace ${invented[(number + n) % 500]}`,
          publishedAt: at,
          offeredSince: at,
        };
        const { id, ...listing } = listingOf(edition(number + n), about);
        return listings.put(1, { id, refreshedAt: new Date(), listing });
      }),
    );
  console.log(`${courses} courses listed in ${((performance.now() - begun) / 1_000).toFixed(1)} s`);
  await feeder.onModuleDestroy();
  const memory = () => (globalThis.gc?.(), process.memoryUsage().heapUsed);
  const fresh = new CourseIndex();
  const before = memory();
  begun = performance.now();
  await new IndexFeeder(listings, fresh, service.app.get(Log)).follow();
  const loaded = performance.now() - begun;
  console.log(
    `${fresh.size} of them read into an empty index in ${(loaded / 1_000).toFixed(1)} s, ${Math.round((memory() - before) / 2 ** 20)} MB`,
  );
  await feeder.follow();
  console.log(
    `${'query'.padEnd(22)}${'total'.padStart(7)}${'p50 ms'.padStart(9)}${'p95 ms'.padStart(9)}${'search itself'.padStart(15)}`,
  );
  for (const [name, query] of Object.entries(queries)) {
    let path = `${service.url}/courses?${query.replace(/&?PAGE2/, '')}`;
    if (query.includes('PAGE2')) path += `&after=${(await (await fetch(path)).json()).next}`;
    const times = [];
    let total = 0;
    for (let run = 0; run < runs; run += 1) {
      begun = performance.now();
      ({ total } = await (await fetch(path)).json());
      times.push(performance.now() - begun);
    }
    times.sort((a, b) => a - b);
    const asked = SearchQuery.parse(Object.fromEntries(new URL(path).searchParams));
    begun = performance.now();
    for (let run = 0; run < runs; run += 1) service.app.get(SearchService).search(asked);
    const itself = (performance.now() - begun) / runs;
    const at = (share) => times[Math.floor(share * runs)].toFixed(1).padStart(9);
    console.log(`${name.padEnd(22)}${String(total).padStart(7)}${at(0.5)}${at(0.95)}${itself.toFixed(1).padStart(15)}`);
  }
} finally {
  await database.dropAllForTests();
  await service.close();
  await mongo.close();
}
