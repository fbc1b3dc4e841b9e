// How fast change() and the relay are, against the bare driver and bare amqplib on the same servers. Not a test: it prints.
//   node --conditions=@lyceum/source --import ../../tools/ts.mjs test/speed.ts   (MONGODB_URI and AMQP_URL choose the servers)
import { randomBytes } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { RabbitBus } from '@lyceum/bus';
import { dropTopologyForTests, findRabbit } from '@lyceum/bus/testing';
import { SystemClock, changed } from '@lyceum/kernel';
import { Metrics, createLog } from '@lyceum/telemetry';
import { connect } from 'amqplib';
import { Aggregates, Database } from '../src/index.js';

interface Counter {
  readonly id: string;
  readonly count: number;
  readonly name: string;
  readonly at: Date;
}

class Counters extends Aggregates<Counter> {
  constructor(database: Database) {
    super(database, { collection: 'counters', fields: { count: Number, name: String, at: Date }, indexes: [] });
  }
  add(id: string, tells: boolean): Promise<Counter> {
    const at = new Date();
    const events = tells ? [{ type: 'speed.counted.v1', data: { id, at: at.toISOString() } }] : [];
    return this.change(id, (current) =>
      changed({ id, count: (current?.count ?? 0) + 1, name: 'a counter', at }, events),
    );
  }
}

const many = Number(process.env['MANY'] ?? 3_000);
const keys = Number(process.env['KEYS'] ?? 500);
const width = Number(process.env['WIDTH'] ?? 32);

/** `work(n)` for each n below `count`, `width` at once; how many in a second. */
async function rate(
  count: number,
  work: (n: number) => Promise<unknown>,
  until?: () => Promise<unknown>,
): Promise<number> {
  const begun = performance.now();
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: width }, lane));
  await until?.();
  return Math.round(count / ((performance.now() - begun) / 1_000));
}

const rabbit = await findRabbit();
if (!rabbit) throw new Error('No RabbitMQ found; set AMQP_URL');
const uri = process.env['MONGODB_URI'] ?? 'mongodb://127.0.0.1:27717/?replicaSet=rs0';
const namespace = `speed-${randomBytes(4).toString('hex')}.`;
const log = createLog({ service: 'speed', level: 'warn', format: 'json' });
const metrics = new Metrics('speed', { processMetrics: false });
const bus = new RabbitBus({ url: rabbit.url, namespace, log, prefetch: 200 });
await bus.start();
const database = await Database.connect({
  uri,
  name: `speed_${randomBytes(4).toString('hex')}`,
  clock: new SystemClock(),
  log,
  metrics,
  bus,
  service: 'speed',
});
const counters = new Counters(database);
await database.prepare();
database.startSweeping();

const report: Record<string, number> = {};
try {
  const bare = database.connection
    .getClient()
    .db(database.connection.name)
    .collection<{ _id: string; count: number }>('bare');
  const write = (n: number) =>
    bare.findOneAndUpdate(
      { _id: `b${n % keys}` },
      { $inc: { count: 1 }, $set: { name: 'a counter', at: new Date() } },
      { upsert: true, returnDocument: 'after' },
    );
  await rate(keys, write);
  report['findOneAndUpdate / s'] = await rate(many, write);
  await rate(keys, (n) => counters.add(`c${n % keys}`, false));
  report['change() without event / s'] = await rate(many, (n) => counters.add(`c${n % keys}`, false));

  let handled = 0;
  let wanted = Infinity;
  let all: () => void = () => undefined;
  await bus.subscribe({
    service: 'speed',
    types: ['speed.counted.v1'],
    handle: async () => {
      handled += 1;
      if (handled >= wanted) all();
    },
  });
  const handledAll = (count: number): Promise<void> =>
    new Promise((done) => {
      wanted = count;
      all = done;
      if (handled >= wanted) done();
    });
  await rate(
    keys,
    (n) => counters.add(`c${n % keys}`, true),
    () => handledAll(keys),
  );
  handled = 0;
  let written = 0;
  const begun = performance.now();
  const cpu = process.cpuUsage();
  const whole = await rate(
    many,
    (n) => counters.add(`c${n % keys}`, true),
    () => {
      written = Math.round(many / ((performance.now() - begun) / 1_000));
      return handledAll(many);
    },
  );
  const used = process.cpuUsage(cpu);
  report['change() with event / s'] = written;
  report['change() to handler / s'] = whole;
  report['CPU µs per event'] = Math.round((used.user + used.system) / many);

  const connection = await connect(rabbit.url);
  const out = await connection.createConfirmChannel();
  const back = await connection.createChannel();
  const queue = `${namespace}bare`;
  await out.assertQueue(queue, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
  await back.prefetch(200);
  let got = 0;
  let done: () => void = () => undefined;
  const gotAll = new Promise<void>((resolve) => (done = resolve));
  await back.consume(queue, (message) => {
    if (!message) return;
    back.ack(message);
    got += 1;
    if (got === many) done();
  });
  const body = Buffer.from(JSON.stringify({ id: 'x'.repeat(300) }));
  report['bare amqplib / s'] = await rate(
    many,
    () =>
      new Promise<void>((resolve, reject) =>
        out.sendToQueue(queue, body, { persistent: true }, (error: unknown) => (error ? reject(error) : resolve())),
      ),
    () => gotAll,
  );
  await back.deleteQueue(queue);
  await connection.close();
} finally {
  console.table(report);
  await database.flush(5_000);
  await database.dropAllForTests();
  await bus.close();
  await database.close();
  await dropTopologyForTests(rabbit.url, namespace, ['speed']);
}
