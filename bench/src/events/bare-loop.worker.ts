import { randomUUID } from 'node:crypto';
import { connect } from 'amqplib';
import { MongoClient } from 'mongodb';
import { work } from '../workers.js';
import { manyTimes } from '../many-times.js';
import { Arrivals } from './arrivals.js';
import { paidEnvelope } from './payment.js';

const { AMQP_URL = '', MONGODB_URI = '', BUS_NAMESPACE = '', DATABASE_PREFIX = '' } = process.env;
const exchange = `${BUS_NAMESPACE}bare`;
const PREFETCH = 100;

const connection = await connect(AMQP_URL);
const publishing = await connection.createConfirmChannel();
const consuming = await connection.createChannel();
await publishing.assertExchange(exchange, 'topic', { durable: true });
await publishing.assertQueue(exchange, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
await publishing.bindQueue(exchange, exchange, '#');
const client = await MongoClient.connect(MONGODB_URI, { maxPoolSize: 20, writeConcern: { w: 'majority' } });
const db = client.db(`${DATABASE_PREFIX}bare`);
const payments = db.collection<{ _id: string }>('payments');
const purchases = db.collection<{ _id: string }>('purchases');

const arrivals = new Arrivals();
let writes = false;

async function handle(content: Buffer): Promise<void> {
  const { data } = JSON.parse(content.toString()) as ReturnType<typeof paidEnvelope> & { data: { paymentId: string } };
  const { paymentId, ...rest } = data;
  if (writes) await purchases.updateOne({ _id: paymentId }, { $set: rest }, { upsert: true });
}

function send(): Promise<void> {
  const envelope = paidEnvelope();
  const body = Buffer.from(JSON.stringify(envelope));
  return new Promise((resolve, reject) => {
    publishing.publish(exchange, envelope.type, body, { persistent: true, messageId: envelope.id }, (error) =>
      error ? reject(error instanceof Error ? error : new Error(String(error))) : resolve(),
    );
  });
}

const asked = {
  consume: async () => {
    await consuming.prefetch(PREFETCH);
    await consuming.consume(exchange, (message) => {
      if (!message) return;
      void handle(message.content).finally(() => {
        consuming.ack(message);
        arrivals.one();
      });
    });
  },
  expect: async (expected: { count: number; writes: boolean }) => {
    ({ writes } = expected);
    arrivals.expect(expected.count);
  },
  all: () => arrivals.all(),
  /** Publishes with at most `width` messages that are not confirmed: 1 awaits each. With `inserts` each is written down before. */
  publish: ({ count, width, inserts }: { count: number; width: number; inserts: boolean }) =>
    manyTimes(count, width, async () => {
      if (inserts) await payments.insertOne({ _id: randomUUID() });
      await send();
    }),
};
export type BareLoop = typeof asked;
work(asked, async () => {
  await connection.close();
  await client.close();
});
