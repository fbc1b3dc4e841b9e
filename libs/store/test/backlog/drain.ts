// Drains the outboxes of a database in a process of its own, whose memory is nobody else's, while it goes on writing.
import { Bench } from '../bench.js';

const [uri = '', name = '', backlog = '0'] = process.argv.slice(2);
const bench = new Bench(uri, name);
bench.bus.keeps = false;
bench.bus.ready = false;
const { database, shelves } = await bench.shelves({ relay: {} });
const last = new Map<string, number>();
let published = 0;
let disorder = 0;
let highest = 0;
bench.bus.fault = (events) => {
  highest = Math.max(highest, process.memoryUsage().rss);
  for (const { subject, aggregateversion } of events) {
    if (aggregateversion > (last.get(subject) ?? 0) + 1) disorder += 1;
    last.set(subject, aggregateversion);
    published += 1;
  }
};
for (let write = 0; write < 200; write += 1) await shelves.addBook('warm-up', []);
const before = process.memoryUsage().rss;
database.startSweeping();
bench.bus.ready = true;
const begun = performance.now();
const writes: number[] = [];
while (published < Number(backlog)) {
  const start = performance.now();
  await shelves.addBook('live');
  writes.push(performance.now() - start);
}
const perSecond = Math.round(published / ((performance.now() - begun) / 1_000));
const flushed = await database.flush(60_000);
const p99 = writes.toSorted((a, b) => a - b)[Math.floor(writes.length * 0.99)];
const grownMb = Math.round((highest - before) / 1_000_000);
process.stdout.write(`${JSON.stringify({ flushed, disorder, aggregates: last.size, p99, grownMb, perSecond })}\n`);
await database.close();
