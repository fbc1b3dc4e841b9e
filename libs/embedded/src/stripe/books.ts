import { newId } from './ids.js';
import type { Entry, Journal } from './journal.js';
import { missing } from './refusal.js';
import { type Delivery, type Kind, type Kinds, type StripeEvent, spoken } from './wire.js';

type Tables = { [K in Kind]: Map<string, Kinds[K]> };

/** What the outside gives to a change: time, the version of the objects, the request that caused it, the copies of each event. */
export interface Occasion {
  apiVersion: string;
  now(): number;
  deliveriesOf(event: StripeEvent): Delivery[];
  /** Called after a change is saved, with the deliveries that it made or moved on. */
  saved(deliveries: Delivery[]): void;
}
export type Cause = StripeEvent['request'];
const nobody: Cause = { id: null, idempotency_key: null };

const day = 24 * 60 * 60;

/** Everything that the simulated account owns. Reading is free; writing happens in `change`, wholly or not at all. */
export class Books {
  private readonly tables: Tables = {
    session: new Map(),
    basket: new Map(),
    paymentIntent: new Map(),
    charge: new Map(),
    refund: new Map(),
    customer: new Map(),
    product: new Map(),
    price: new Map(),
    balanceTransaction: new Map(),
    event: new Map(),
    delivery: new Map(),
    replay: new Map(),
  };

  constructor(
    private readonly occasion: Occasion,
    private readonly journal?: Journal,
  ) {
    if (!journal) return;
    for (const change of journal.read()) for (const entry of change) this.apply(entry);
    this.compact();
  }

  get<K extends Kind>(kind: K, id: string): Kinds[K] | undefined {
    return this.tables[kind].get(id);
  }

  /** Oldest first. */
  all<K extends Kind>(kind: K): Kinds[K][] {
    return [...this.tables[kind].values()];
  }

  seconds(): number {
    return Math.floor(this.occasion.now() / 1000);
  }

  /**
   * Runs `work` (synchronous, therefore alone) and saves all that it put, its events and their deliveries as one line.
   * When it throws, or the disk refuses, nothing has happened.
   */
  change<T>(work: (change: Change) => T, cause: Cause = nobody): T {
    const change = new Change(this, this.occasion, cause);
    const result = work(change);
    const entries = change.entries();
    if (entries.length > 0) {
      this.journal?.append(entries);
      for (const entry of entries) this.apply(entry);
      this.occasion.saved(
        entries.flatMap(([kind, id]) => (kind === 'delivery' ? (this.get('delivery', id) ?? []) : [])),
      );
      if (this.journal?.outgrown()) this.compact();
    }
    return result;
  }

  close(): void {
    this.journal?.close();
  }

  private apply([kind, id, document]: Entry): void {
    if (!isKind(kind, this.tables)) return;
    // the journal's documents are our own, written under this very kind
    const table = this.tables[kind] as Map<string, object>;
    if (document) table.set(id, document);
    else table.delete(id);
  }

  /** Forgets what Stripe forgets (keys after a day, events after 30) and starts the journal anew. */
  private compact(): void {
    const now = this.seconds();
    for (const replay of this.all('replay')) if (now - replay.at / 1000 > day) this.tables.replay.delete(replay.id);
    for (const event of this.all('event')) if (now - event.created > 30 * day) this.tables.event.delete(event.id);
    for (const delivery of this.all('delivery'))
      if (!this.tables.event.has(delivery.eventId)) this.tables.delivery.delete(delivery.id);
    this.journal?.compact(this.present());
  }

  private *present(): Iterable<Entry> {
    for (const [kind, table] of Object.entries(this.tables))
      for (const [id, document] of table) yield [kind, id, document];
  }
}

function isKind(kind: string, tables: Tables): kind is Kind {
  return Object.hasOwn(tables, kind);
}

/** One change in the making: reads see what it has put so far. */
export class Change {
  private readonly puts = new Map<string, Entry>();

  constructor(
    private readonly books: Books,
    private readonly occasion: Occasion,
    private readonly cause: Cause,
  ) {}

  /** Seconds since 1970, as in every `created`. */
  now(): number {
    return this.books.seconds();
  }

  find<K extends Kind>(kind: K, id: string): Kinds[K] | undefined {
    const put = this.puts.get(`${kind}/${id}`);
    // `put` stores documents only under their own kind
    return put ? ((put[2] as Kinds[K] | null) ?? undefined) : this.books.get(kind, id);
  }

  /** Throws Stripe's resource_missing; `param` names the parameter that carried the id when it was not the path. */
  get<K extends Kind>(kind: K, id: string, param?: string): Kinds[K] {
    const found = this.find(kind, id);
    if (!found) throw missing(spoken[kind], id, param);
    return found;
  }

  all<K extends Kind>(kind: K): Kinds[K][] {
    const known = this.books.all(kind).map((document) => this.find(kind, document.id) ?? document);
    const fresh = [...this.puts.values()].flatMap(([putKind, id]) =>
      putKind === kind && !this.books.get(kind, id) ? (this.find(kind, id) ?? []) : [],
    );
    return [...known, ...fresh];
  }

  put<K extends Kind>(kind: K, document: Kinds[K]): Kinds[K] {
    this.puts.set(`${kind}/${document.id}`, [kind, document.id, document]);
    return document;
  }

  /** Announces what happened; the object is kept as it is now. */
  emit(type: string, object: object, previous?: object): void {
    const event: StripeEvent = {
      id: newId('evt_3', 23),
      object: 'event',
      api_version: this.occasion.apiVersion,
      created: this.now(),
      data: { object: structuredClone(object), ...(previous && { previous_attributes: previous }) },
      livemode: false,
      pending_webhooks: 1,
      request: this.cause,
      type,
    };
    this.put('event', event);
    for (const delivery of this.occasion.deliveriesOf(event)) this.put('delivery', delivery);
  }

  entries(): Entry[] {
    return [...this.puts.values()];
  }
}
