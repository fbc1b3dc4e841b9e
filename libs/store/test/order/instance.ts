// One of several instances of a service, as a process that can be killed: writes, relays, and applies what it hears.
import { appendFileSync } from 'node:fs';
import { RabbitBus } from '@lyceum/bus';
import type { Envelope } from '@lyceum/contracts';
import { SystemClock, changed, unchanged } from '@lyceum/kernel';
import { Metrics, createLog } from '@lyceum/telemetry';
import { Aggregates, Database, Projection } from '../../src/index.js';

interface Tally {
  readonly id: string;
  readonly count: number;
}
const fields = { count: Number };

export class Tallies extends Aggregates<Tally> {
  constructor(database: Database) {
    super(database, { collection: 'tallies', fields, indexes: [] });
  }
  /** False when it has come to `end` already. */
  async add(id: string, end: number): Promise<boolean> {
    const { count } = await this.change(id, (tally) => {
      const next = { id, count: (tally?.count ?? 0) + 1 };
      return next.count > end ? unchanged(tally ?? next) : changed(next, [{ type: 'tally.counted.v1', data: next }]);
    });
    return count < end;
  }
}

export class Copies extends Projection<Tally> {
  readonly feeds = [];

  constructor(database: Database) {
    super(database, { collection: 'copies', fields, indexes: [] });
  }
  all(): Promise<Tally[]> {
    return this.find({});
  }
}

/** Writes down when an event is given to the broker and when it was confirmed, in one file for all instances. */
class TracedBus extends RabbitBus {
  override async publish(events: readonly Envelope[]): Promise<void> {
    trace('sent', events);
    await super.publish(events);
    trace('confirmed', events);
  }
}

const settings = JSON.parse(process.argv[2] ?? '{}') as {
  uri: string;
  name: string;
  amqp: string;
  namespace: string;
  trace: string;
  keys: number;
  rounds: number;
};

function trace(what: string, events: readonly Envelope[]): void {
  appendFileSync(
    settings.trace,
    events.map(({ subject, aggregateversion }) => `${what} ${subject} ${aggregateversion}\n`).join(''),
  );
}

const log = createLog({ service: 'tally', level: 'warn', format: 'json' });
const metrics = new Metrics('tally', { processMetrics: false });
const bus = new TracedBus({ url: settings.amqp, namespace: settings.namespace, log });
await bus.start();
const { uri, name } = settings;
const clock = new SystemClock();
const database = await Database.connect({ uri, name, clock, log, metrics, bus, service: 'tally' });
const tallies = new Tallies(database);
const copies = new Copies(database);
await database.prepare();
await bus.subscribe({
  service: 'tally',
  types: ['tally.counted.v1'],
  handle: async ({ event }) => {
    await copies.put(event.aggregateversion, { id: event.subject, count: (event.data as Tally).count });
  },
});
database.startSweeping();
process.stdout.write('ready\n');

let open = Array.from({ length: settings.keys }, (_, index) => `key-${index}`);
while (open.length > 0) {
  const going = await Promise.all(open.map((id) => tallies.add(id, settings.rounds).catch(() => true)));
  open = open.filter((_, index) => going[index]);
}
