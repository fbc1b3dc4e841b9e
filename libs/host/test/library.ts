import { Controller, Injectable } from '@nestjs/common';
import { type Bus, On } from '@lyceum/bus';
import { type Envelope, type EventOf, defineEvent } from '@lyceum/contracts';
import { changed, newId } from '@lyceum/kernel';
import { Aggregates, Database, Projection, Records, from } from '@lyceum/store';
import { z } from 'zod';
import { type RebuildOptions, Rebuilds, type RunningService, defineService, start } from '../src/index.js';
import { silent } from './probe.js';

export const bookBought = defineEvent(
  'library.book-bought.v1',
  'The library has a book, or knows more of it.',
  z.object({ title: z.string(), copies: z.int().positive() }),
);
export const bookLost = defineEvent('library.book-lost.v1', 'A book is gone.', z.object({ title: z.string() }));

interface Book {
  readonly id: string;
  readonly title: string;
  readonly copies: number;
}

/** The publisher. */
@Injectable()
export class Books extends Aggregates<Book> {
  constructor(database: Database) {
    super(database, { collection: 'books', fields: { title: String, copies: Number }, indexes: [] });
  }
  buy(id: string): Promise<Book> {
    return this.change(id, (book) => {
      const copies = (book?.copies ?? 0) + 1;
      const title = `Book ${id}`;
      return changed({ id, title, copies }, [bookBought({ title, copies })]);
    });
  }
  lose(id: string): Promise<Book> {
    return this.change(id, (book) =>
      changed({ id, title: book?.title ?? '', copies: 0 }, [bookLost({ title: book?.title ?? '' })]),
    );
  }
}

export const library = defineService({
  name: 'library',
  description: 'For tests.',
  config: z.object({}),
  controllers: [],
  providers: [Books],
  publishes: [bookBought, bookLost],
  refusals: {},
  stateful: true,
});

/** What readers see of the books. */
@Injectable()
export class Shelf extends Projection<Book> {
  readonly feeds = [from(bookBought, (event) => this.bought(event)), from(bookLost, (event) => this.lost(event))];

  constructor(database: Database) {
    super(database, {
      collection: 'shelf',
      fields: { title: String, copies: Number },
      indexes: [{ keys: { title: 1 } }],
    });
  }
  bought({ subject: id, aggregateversion, data }: EventOf<typeof bookBought>): Promise<boolean> {
    return this.put(aggregateversion, { id, ...data });
  }
  lost({ subject, aggregateversion }: EventOf<typeof bookLost>): Promise<boolean> {
    return this.remove(subject, aggregateversion);
  }
  all(): Promise<Book[]> {
    return this.find({}, { sort: ['id'] });
  }
}

/** Each is like a mail: whoever has it has been written to. */
@Injectable()
export class Letters extends Records<{ readonly id: string }> {
  constructor(database: Database) {
    super(database, { collection: 'letters', fields: {}, indexes: [] });
  }
  all(): Promise<readonly { readonly id: string }[]> {
    return this.find({});
  }
}

/** What a test makes the reader's reactions do. */
export class Readings {
  /** How often an event was reacted to. */
  readonly count = new Map<string, number>();
  broken = false;
}

@Controller()
class Reactions {
  constructor(
    private readonly shelf: Shelf,
    private readonly letters: Letters,
    private readonly readings: Readings,
  ) {}
  @On(bookBought) async whenBought(event: EventOf<typeof bookBought>) {
    this.readings.count.set(event.id, (this.readings.count.get(event.id) ?? 0) + 1);
    if (this.readings.broken) throw new TypeError('the reader cannot read');
    await this.shelf.bought(event);
    await this.letters.insertOnce({ id: newId() });
  }
  @On(bookLost) whenLost(event: EventOf<typeof bookLost>) {
    return this.shelf.lost(event);
  }
}

export const reader = (readings = new Readings()) =>
  defineService({
    name: 'reader',
    description: 'For tests.',
    config: z.object({}),
    controllers: [],
    providers: [Shelf, Letters, { provide: Readings, useValue: readings }],
    reactions: Reactions,
    publishes: [],
    refusals: {},
    stateful: true,
  });

/** One running instance, and what a test reaches into it for. */
export class Instance {
  constructor(
    readonly running: RunningService,
    private readonly bus: Bus,
  ) {}
  get books(): Books {
    return this.running.app.get(Books);
  }
  get shelf(): Shelf {
    return this.running.app.get(Shelf);
  }
  get letters(): Letters {
    return this.running.app.get(Letters);
  }
  get database(): Database {
    return this.running.app.get(Database);
  }
  get rebuilds(): Rebuilds {
    return this.running.app.get(Rebuilds);
  }
  /** As if its process had been killed: nothing is finished or handed over. */
  async kill(): Promise<void> {
    await this.database.connection.close(true);
    await this.bus.close();
  }
}

export async function startInstance(
  definition: Parameters<typeof start>[0],
  { env, bus, rebuilds }: { env: Record<string, string>; bus: Bus; rebuilds: RebuildOptions },
): Promise<Instance> {
  return new Instance(await start(definition, { env, bus, rebuilds, log: silent, processMetrics: false }), bus);
}

/** A bus on which what one service says to another directly may be lost, doubled and overtaken. */
export class CarelessBus implements Bus {
  readonly kind = 'careless';
  /** What was said directly. */
  readonly said: Envelope[] = [];
  /** Decides what becomes of a direct message: delivered so many times. */
  fate: (message: Envelope) => number = () => 1;
  private readonly held: { service: string; message: Envelope }[] = [];

  constructor(private readonly inner: Bus) {}
  start(): Promise<void> {
    return this.inner.start();
  }
  publish(events: readonly Envelope[]): Promise<void> {
    return this.inner.publish(events);
  }
  async publishTo(service: string, messages: readonly Envelope[]): Promise<void> {
    for (const message of messages) {
      this.said.push(message);
      const times = this.fate(message);
      for (let time = 0; time < times; time += 1) await this.inner.publishTo(service, [message]);
      // an old one comes once more, after newer ones
      if (times > 1) this.held.push({ service, message });
      if (this.held.length > 3)
        for (const late of this.held.splice(0, 1)) await this.inner.publishTo(late.service, [late.message]);
    }
  }
  subscribe(...made: Parameters<Bus['subscribe']>): ReturnType<Bus['subscribe']> {
    return this.inner.subscribe(...made);
  }
  deadLetters(...made: Parameters<Bus['deadLetters']>): ReturnType<Bus['deadLetters']> {
    return this.inner.deadLetters(...made);
  }
  countDead(service: string): Promise<number> {
    return this.inner.countDead(service);
  }
  replayDead(...made: Parameters<Bus['replayDead']>): ReturnType<Bus['replayDead']> {
    return this.inner.replayDead(...made);
  }
  dropDead(...made: Parameters<Bus['dropDead']>): ReturnType<Bus['dropDead']> {
    return this.inner.dropDead(...made);
  }
  isReady(): boolean {
    return this.inner.isReady();
  }
  close(): Promise<void> {
    return this.inner.close();
  }
}
