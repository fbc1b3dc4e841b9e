import type { Benchmark, Section } from '../benchmark.js';
import { count, spread } from '../figures.js';
import { rateOf } from '../many-times.js';
import { type Contender, inRounds } from '../rounds.js';
import type { DatabaseServer, Stage } from '../stage.js';
import { median, ratios, spreadOf } from '../statistics.js';
import type { Worker } from '../workers.js';
import type { BareLoop } from './bare-loop.worker.js';
import type { Publisher } from './publisher.worker.js';
import type { Reader } from './reader.worker.js';

/** Messages of the windowed bare loop that may be unconfirmed at once, and commands under way at once in the publisher. */
const WINDOW = 500;
const WIDTH = 64;

const ONE_BY_ONE = 'bare loop that awaits each confirm';
const WINDOWED = `bare loop with ${WINDOW} unconfirmed`;
const BARE_WITH_DATABASE = 'the same with an insert before and an upsert after';
const COMMANDS = 'command → effect';
const COMMANDS_ONLY = 'command → handler';
const BACKLOG = 'outbox → effect';
const BACKLOG_ONLY = 'outbox → handler';

/** Outbox, broker, handler, effect, against amqplib alone. */
export const events: Benchmark = {
  name: 'events',
  what: 'events a second from the outbox to the effect, against a bare amqplib loop',
  run: async (stage) => {
    const sections: Section[] = [];
    for (const database of await stage.databases()) sections.push(await on(stage, database));
    return sections;
  },
};

interface Crew {
  readonly publisher: Worker<Publisher>;
  readonly reader: Worker<Reader>;
  readonly bareSender: Worker<BareLoop>;
  readonly bareReceiver: Worker<BareLoop>;
}

async function on(stage: Stage, database: DatabaseServer): Promise<Section> {
  stage.say(`events on the ${database.what}`);
  const crew = await hire(stage, database);
  const size = stage.quick ? 300 : 3_000;
  try {
    const rates = await inRounds(contenders(crew, size), stage.quick ? 1 : 5, stage.say);
    return sectionOf(database, rates, size);
  } finally {
    for (const worker of Object.values<{ end(): Promise<void> }>({ ...crew })) await worker.end();
  }
}

async function hire(stage: Stage, database: DatabaseServer): Promise<Crew> {
  const env = {
    AMQP_URL: (await stage.rabbit()).url,
    MONGODB_URI: database.url,
    DATABASE_PREFIX: `${stage.namespace}-`,
    BUS_NAMESPACE: `${stage.namespace}.${database.pid ? 'own' : 'given'}.`,
    PUBLIC_URL: 'http://localhost',
    JWT_ISSUER: 'http://localhost',
    JWKS_URL: 'http://localhost/nobody-signs-in',
    LOG_LEVEL: 'warn',
  };
  const reader = await stage.hire<Reader>('events/reader.worker.ts', env); // declares its queue before anything is sent
  const publisher = await stage.hire<Publisher>('events/publisher.worker.ts', env);
  const bareReceiver = await stage.hire<BareLoop>('events/bare-loop.worker.ts', env);
  const bareSender = await stage.hire<BareLoop>('events/bare-loop.worker.ts', env);
  await bareReceiver.ask('consume', undefined);
  return { reader, publisher, bareReceiver, bareSender };
}

function contenders({ publisher, reader, bareSender, bareReceiver }: Crew, size: number): Contender[] {
  const bare = (name: string, width: number, withDatabase: boolean): Contender => ({
    name,
    measure: async () => {
      await bareReceiver.ask('expect', { count: size, writes: withDatabase });
      return rateOf(size, async () => {
        await bareSender.ask('publish', { count: size, width, inserts: withDatabase });
        await bareReceiver.ask('all', undefined);
      });
    },
  });
  const commands = (name: string, writes: boolean): Contender => ({
    name,
    measure: async () => {
      await reader.ask('expect', { count: size, writes });
      const measured = await rateOf(size, async () => {
        await publisher.ask('change', { count: size, width: WIDTH });
        await reader.ask('all', undefined);
      });
      await publisher.ask('flush', undefined); // what is left to be tidied up does not burden the next one
      return measured;
    },
  });
  const backlog = (name: string, writes: boolean): Contender => ({
    name,
    measure: async () => {
      await publisher.ask('gate', { open: false });
      await publisher.ask('change', { count: size, width: WIDTH });
      await reader.ask('expect', { count: size, writes });
      await publisher.ask('gate', { open: true });
      return rateOf(size, async () => {
        await publisher.ask('flush', undefined);
        await reader.ask('all', undefined);
      });
    },
  });
  return [
    bare(ONE_BY_ONE, 1, false),
    bare(WINDOWED, WINDOW, false),
    bare(BARE_WITH_DATABASE, WINDOW, true),
    commands(COMMANDS, true),
    commands(COMMANDS_ONLY, false),
    backlog(BACKLOG, true),
    backlog(BACKLOG_ONLY, false),
  ];
}

function sectionOf(database: DatabaseServer, rates: ReadonlyMap<string, number[]>, size: number): Section {
  const ofLoop = (name: string, loop: string) => ratios(rates.get(name) ?? [], rates.get(loop) ?? []);
  const goals = [BACKLOG, COMMANDS].flatMap((name) =>
    [ONE_BY_ONE, WINDOWED].map((loop) => ({
      what: `${name} against the ${loop}`,
      reached: median(ofLoop(name, loop)),
      target: 0.5,
    })),
  );
  return {
    name: database.pid ? 'events' : 'events-given',
    title: `Events, on the ${database.what}`,
    about: database.pid ? aboutOf(size) : 'The same as on the embedded database.',
    columns: ['', 'events/s', 'of the loop that awaits', 'of the windowed loop', 'least – most of that'],
    rows: [...rates].map(([name, values]) => {
      const windowed = spreadOf(ofLoop(name, WINDOWED));
      const awaiting = median(ofLoop(name, ONE_BY_ONE));
      return [name, count(median(values)), awaiting.toFixed(2), windowed.median.toFixed(2), spread(windowed)];
    }),
    goals,
  };
}

const aboutOf = (
  size: number,
): string => `${count(size)} \`billing.payment-succeeded.v1\` in each round. The bare loops are amqplib in two processes: persistent messages of the same
bytes, a confirm channel, a durable quorum queue, prefetch 100, each message acknowledged by hand, nothing stored. One of them is the literal loop, publish,
await its confirm, publish the next; the other lets up to ${WINDOW} messages be unconfirmed (the **windowed** one), which asks for what the broker can
give. The relay publishes in windows too, so the windowed loop is the honest yardstick; the target is judged against both. The windowed loop with
an insert and an upsert is what one would write without an outbox: a crash between the two loses or invents events. **command** is
\`Aggregates.change()\` in a publishing service, ${WIDTH} at once: load, decide, state and event in one write; then the relay with the event log, the broker,
and the reaction of another service. **outbox** is a backlog of events that are already stored, sent after the broker was away. **effect** is a row of a
\`Projection\` written by that reaction, **handler** the same reaction without writing.`;
