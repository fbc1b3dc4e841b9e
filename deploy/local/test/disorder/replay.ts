import type { Envelope } from '@lyceum/contracts';
import type { ServiceDefinition } from '@lyceum/host';
import { type BootedService, FakeClock, bootService, eventually } from '@lyceum/testing';
import { Database } from '@lyceum/store';

/** What a service is left with: everything in its database, and what it last said about each thing. */
export interface Outcome {
  readonly stored: Readonly<Record<string, readonly unknown[]>>;
  readonly said: readonly unknown[];
}

/** Delivers messages to a service that has heard nothing before, in the given order, and looks at what that makes of it. */
export async function outcomeOf(
  definition: ServiceDefinition,
  { env, now }: { env: Record<string, string>; now: Date },
  messages: readonly Envelope[],
): Promise<Outcome> {
  const booted = await bootService(definition, { env, clock: new FakeClock(now) });
  try {
    await deliverAll(booted, definition.name, messages);
    const known = new Set(messages.flatMap((message) => JSON.stringify(message).match(ids) ?? []));
    return await eventually(async () => settled(await look(booted, known)), { within: 20_000 });
  } finally {
    await booted.close();
  }
}

/** A handler may fail as long as something that it needs has not come: then it gets the message again, after the others. */
async function deliverAll({ bus }: BootedService, service: string, messages: readonly Envelope[]): Promise<void> {
  let waiting = [...messages];
  let failure: unknown;
  while (waiting.length > 0) {
    const failed: Envelope[] = [];
    for (const message of waiting)
      await bus.publishTo(service, [structuredClone(message)]).catch((error: unknown) => {
        failure = error;
        failed.push(message);
      });
    if (failed.length === waiting.length)
      throw new Error(`${failed[0]?.type} can never be handled by ${service}`, { cause: failure });
    waiting = failed;
  }
}

const machinery = new Set(
  `event_log inbox leases idempotency operator_acts rebuilds key_rings job_runs scheduled_jobs sealing audit_checkpoints`.split(
    ' ',
  ),
);
/** Of documents: how often they were written and sent, what the relay needs, whose request it was, in which
 * order somebody's notifications and the entries of the audit log came, and the salted hash of the first administrator's password. */
const bookkeeping = new Set(
  'version shape outbox pendingSince lease attempts providerId forgetAt traceparent number passwordHash seq hash prevHash'.split(
    ' ',
  ),
);
const ids = /[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const codes = /LYC(-[0-9A-Z]{4})+/g;

interface Look extends Outcome {
  readonly unfinished: number;
}

async function look({ service, bus }: BootedService, known: ReadonlySet<string>): Promise<Look> {
  const database = service.app.get(Database);
  const stored: Record<string, unknown[]> = {};
  let unfinished = 0;
  for (const { name } of await database.connection.listCollections()) {
    if (machinery.has(name)) continue;
    const documents: Readonly<Record<string, unknown> & { _id: string }>[] = [];
    for await (const document of database.readable(name)) documents.push(document);
    unfinished += documents.filter((each) => 'pendingSince' in each || isBeingSent(each['standing'])).length;
    if (documents.length > 0) stored[name] = inOrder(documents.map((each) => plain(visible(each), known)));
  }
  return { stored, said: lastWords(bus.published, known), unfinished };
}

const isBeingSent = (standing: unknown): boolean =>
  typeof standing === 'object' && standing !== null && 'dueAt' in standing;

function settled({ unfinished, ...outcome }: Look): Outcome {
  if (unfinished > 0) throw new Error(`${unfinished} documents are not finished`);
  return outcome;
}

/** Of a row that was removed nobody sees what it held. */
const visible = (row: { _id: unknown; removedBy?: unknown; sources?: unknown }): object =>
  row.removedBy === undefined ? row : { _id: row._id, removed: true, sources: row.sources };

/** Ids and codes that were drawn meanwhile are different each time, and so is the order of a document's fields. */
function plain(value: object, known: ReadonlySet<string>): unknown {
  const text = JSON.stringify(value, (key, each: unknown) => {
    if (bookkeeping.has(key)) return undefined;
    return each instanceof Object && !Array.isArray(each) ? Object.fromEntries(inOrder(Object.entries(each))) : each;
  });
  return JSON.parse(
    text.replaceAll(ids, (id) => (known.has(id) ? id : 'an id')).replaceAll(codes, 'a code'),
  ) as unknown;
}

const inOrder = <T>(items: readonly T[]): T[] =>
  items
    .map((item) => ({ item, text: JSON.stringify(item) }))
    .sort((one, other) => (one.text < other.text ? -1 : 1))
    .map(({ item }) => item);

/** What others know in the end: of each thing the last event. What was taken back before anybody heard of it was never said. */
function lastWords(published: readonly Envelope[], known: ReadonlySet<string>): unknown[] {
  const last = new Map<string, Envelope>();
  for (const event of published) {
    const key = `${event.subject} ${topicOf(event.type)} ${detailOf(event.data)}`;
    const before = last.get(key);
    if (!before || before.aggregateversion <= event.aggregateversion) last.set(key, event);
  }
  const lasting = [...last.values()].filter(({ type }) => type !== 'enrollment.ended.v1');
  return inOrder(
    lasting.map(({ type, subject, data }) => plain({ type, subject, data: meaningOf(type, data) }, known)),
  );
}

const topicOf = (type: string): string => (type.startsWith('enrollment.') ? 'access' : type);
const detailOf = (data: unknown): string =>
  typeof data === 'object' && data !== null && 'lectureId' in data ? String(data.lectureId) : '';
const meaningOf = (type: string, data: unknown): unknown => (type === 'enrollment.activated.v1' ? undefined : data);
