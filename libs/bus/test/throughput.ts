// Events through the bus against a bare amqplib loop on the same broker, in turns:
// node --import ./tools/ts.mjs --conditions=@lyceum/source libs/bus/test/throughput.ts [amqp url] [events] [rounds]
import { randomUUID } from 'node:crypto';
import { type ConfirmChannel, connect } from 'amqplib';
import type { Envelope } from '@lyceum/contracts';
import { RabbitBus } from '../src/rabbit.js';
import { startScratchRabbit } from '../src/scratch-rabbit.js';
import { dropTopologyForTests } from '../src/testing.js';

const [given, many = '20000', times = '3'] = process.argv.slice(2);
const count = Number(many);
const prefetch = 100;
const windowSize = 500;
const callers = 64;
const type = 'testing.measured.v1';

const event = (n: number): Envelope => ({
  specversion: '1.0',
  id: randomUUID(),
  source: '/lyceum/testing',
  type,
  subject: `course-${n % 50}`,
  time: new Date().toISOString(),
  datacontenttype: 'application/json',
  dataschema: `urn:lyceum:event:${type}`,
  aggregateversion: n + 1,
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  data: { courseId: 'course-1', learnerId: randomUUID(), note: 'x'.repeat(200) },
});
const events = Array.from({ length: count }, (_, n) => event(n));

/** Events a second from the first publish to the last acknowledgement. */
async function timed(publish: () => Promise<void>, done: Promise<void>): Promise<number> {
  const began = performance.now();
  await Promise.all([publish(), done]);
  return (1_000 * count) / (performance.now() - began);
}

/** Calls back once, when it has been called for every event. */
function allOf(): { one: () => void; all: Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<void>();
  let left = count;
  return { one: () => void ((left -= 1) === 0 && resolve()), all: promise };
}

async function bare(url: string): Promise<number> {
  const [sending, receiving] = [await connect(url), await connect(url)];
  const [out, into] = [await sending.createConfirmChannel(), await receiving.createChannel()];
  const queue = `bare-${randomUUID()}`;
  await into.assertQueue(queue, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
  await into.prefetch(prefetch);
  const { one, all } = allOf();
  await into.consume(queue, (message) => {
    if (!message) return;
    JSON.parse(message.content.toString('utf8'));
    into.ack(message);
    one();
  });
  const rate = await timed(() => sendBare(out, queue), all);
  await into.deleteQueue(queue);
  await Promise.all([sending.close(), receiving.close()]);
  return rate;
}

async function sendBare(out: ConfirmChannel, queue: string): Promise<void> {
  for (let at = 0; at < count; at += windowSize) {
    for (const each of events.slice(at, at + windowSize))
      out.sendToQueue(queue, Buffer.from(JSON.stringify(each)), { persistent: true });
    await out.waitForConfirms();
  }
}

async function throughBus(url: string, publish: (bus: RabbitBus) => Promise<void>): Promise<number> {
  const namespace = `bench-${randomUUID().slice(0, 8)}.`;
  const bus = new RabbitBus({ url, namespace, prefetch });
  await bus.start();
  const { one, all } = allOf();
  await bus.subscribe({ service: 'catalog', types: [type], handle: async () => one() });
  const rate = await timed(() => publish(bus), all);
  await bus.close();
  await dropTopologyForTests(url, namespace, ['catalog']);
  return rate;
}

const inWindows = async (bus: RabbitBus): Promise<void> => {
  for (let at = 0; at < count; at += windowSize) await bus.publish(events.slice(at, at + windowSize));
};
const byManyCallers = async (bus: RabbitBus): Promise<void> => {
  const waiting = events.values();
  const caller = async () => {
    for (const each of waiting) await bus.publish([each]);
  };
  await Promise.all(Array.from({ length: callers }, caller));
};

const scratch = given ? undefined : await startScratchRabbit();
const url = scratch?.url ?? given ?? '';
const loops = {
  bare: () => bare(url),
  'bus, windows of 500': () => throughBus(url, inWindows),
  [`bus, ${callers} callers`]: () => throughBus(url, byManyCallers),
};
const best: Record<string, number> = {};
try {
  for (let round = 0; round < Number(times); round += 1)
    for (const [name, loop] of Object.entries(loops)) best[name] = Math.max(best[name] ?? 0, await loop());
} finally {
  await scratch?.stop();
}
for (const [name, rate] of Object.entries(best))
  console.log(
    `${name.padEnd(24)}${rate.toFixed(0).padStart(8)}/s${(rate / (best['bare'] ?? 1)).toFixed(2).padStart(7)}`,
  );
