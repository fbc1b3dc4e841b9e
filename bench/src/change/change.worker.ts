import { RabbitBus } from '@lyceum/bus';
import { SystemClock, changed } from '@lyceum/kernel';
import { Aggregates, Database } from '@lyceum/store';
import { Metrics, createLog } from '@lyceum/telemetry';
import { MongoClient } from 'mongodb';
import { manyTimes } from '../many-times.js';
import { paid } from '../events/payment.js';
import { work } from '../workers.js';

interface Account {
  readonly id: string;
  readonly owner: string;
  readonly balance: number;
}

class Accounts extends Aggregates<Account> {
  constructor(database: Database) {
    super(database, { collection: 'accounts', fields: { owner: String, balance: Number }, indexes: [] });
  }
  deposit(id: string, tells: boolean): Promise<Account> {
    return this.change(id, (current) =>
      changed({ id, owner: 'ada', balance: (current?.balance ?? 0) + 1 }, tells ? [paid(id)] : []),
    );
  }
}

const { MONGODB_URI = '', DATABASE_PREFIX = '' } = process.env;
const service = 'billing';
const log = createLog({ service, level: 'warn', format: 'json' });
const database = await Database.connect({
  uri: MONGODB_URI,
  name: `${DATABASE_PREFIX}change`,
  service,
  log,
  clock: new SystemClock(),
  metrics: new Metrics(service, { processMetrics: false }),
  bus: new RabbitBus({ url: 'amqp://nobody.invalid' }), // never started: the events stay where they are
});
const accounts = new Accounts(database);
await database.prepare();

const client = await MongoClient.connect(MONGODB_URI, { maxPoolSize: 20, writeConcern: { w: 'majority' } });
const db = client.db(`${DATABASE_PREFIX}change`);
type Bare = { _id: string; version: number; owner: string; balance: number; outbox: object[] };
const bare = db.collection<Bare>('bare');

const WIDTH = 16;
const ids = Array.from({ length: 500 }, (_, number) => `account-${number}`);
const idOf = (number: number): string => ids[number % ids.length] ?? '';

const asked = {
  /** Every document is there, and no outbox is full. */
  prepare: async () => {
    for (const collection of ['accounts', 'bare']) await db.collection(collection).deleteMany({});
    await bare.insertMany(ids.map((_id) => ({ _id, version: 1, owner: 'ada', balance: 0, outbox: [] })));
    await Promise.all(ids.map((id) => accounts.deposit(id, false)));
  },
  change: ({ count, tells }: { count: number; tells: boolean }) =>
    manyTimes(count, WIDTH, (number) => accounts.deposit(idOf(number), tells)),
  findOneAndUpdate: ({ count, tells }: { count: number; tells: boolean }) =>
    manyTimes(count, WIDTH, (number) => {
      const id = idOf(number);
      const told = tells ? { $push: { outbox: { id: `${id} ${number}`, time: new Date(), ...paid(id) } } } : {};
      return bare.findOneAndUpdate(
        { _id: id },
        { $inc: { balance: 1, version: 1 }, ...told },
        { returnDocument: 'after' },
      );
    }),
};
export type ChangeWork = typeof asked;
work(asked, async () => {
  await database.close();
  await client.close();
});
