import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import {
  Body,
  Controller,
  Get,
  Injectable,
  type OnModuleDestroy,
  type OnModuleInit,
  Param,
  Post,
  type Provider,
} from '@nestjs/common';
import { type Bus, On } from '@lyceum/bus';
import { type Envelope, type EventOf, defineEvent } from '@lyceum/contracts';
import { Public } from '@lyceum/http';
import { changed, defineRefusals, newId } from '@lyceum/kernel';
import { Aggregates, Database } from '@lyceum/store';
import { createLog } from '@lyceum/telemetry';
import { z } from 'zod';
import { type ServiceDefinition, defineService } from '../src/index.js';

export const noted = defineEvent('probe.noted.v1', 'Something was noted.', z.object({ noteId: z.string() }));
const refusals = defineRefusals('probe', { notFound: { status: 404, title: 'There is no such note' } });

interface Note {
  readonly id: string;
  readonly text: string;
  readonly heard: boolean;
}

/** Where a test holds the service, and what it sees of its inside. */
export class Gates {
  database: Database | undefined;
  failInit = false;
  /** Whether the parts of the service were told that it ends. */
  ended = false;
  private readonly held = new Map<string, PromiseWithResolvers<void>>();
  private readonly reached = new Map<string, PromiseWithResolvers<void>>();

  /** Holds whoever comes to `place`; resolves when somebody is there. */
  hold(place: string): Promise<void> {
    this.held.set(place, Promise.withResolvers());
    const reached = Promise.withResolvers<void>();
    this.reached.set(place, reached);
    return reached.promise;
  }
  release(place: string): void {
    this.held.get(place)?.resolve();
    this.held.delete(place);
  }
  async pass(place: string): Promise<void> {
    this.reached.get(place)?.resolve();
    await this.held.get(place)?.promise;
  }
}

@Injectable()
class Notes extends Aggregates<Note> implements OnModuleInit, OnModuleDestroy {
  constructor(
    database: Database,
    private readonly gates: Gates,
  ) {
    super(database, { collection: 'notes', fields: { text: String, heard: Boolean }, indexes: [] });
    gates.database = database;
  }
  onModuleInit(): void {
    if (this.gates.failInit) throw new Error('the inside is broken');
  }
  onModuleDestroy(): void {
    this.gates.ended = true;
  }
  write(id: string, text: string): Promise<Note> {
    return this.change(id, () => changed({ id, text, heard: false }, [noted({ noteId: id })]));
  }
  hear(id: string): Promise<Note> {
    return this.change(id, (note) => changed({ id, text: note?.text ?? '', heard: true }));
  }
}

@Public()
@Controller('notes')
class NotesController {
  constructor(
    private readonly notes: Notes,
    private readonly gates: Gates,
  ) {}
  @Post() async write(@Body({ schema: z.object({ text: z.string() }) }) { text }: { text: string }) {
    await this.gates.pass('request');
    return this.notes.write(newId(), text);
  }
  @Get(':id') async one(@Param('id') id: string) {
    const note = await this.notes.get(id);
    if (!note) throw refusals.notFound();
    return note;
  }
}

@Controller()
class Reactions {
  constructor(
    private readonly notes: Notes,
    private readonly gates: Gates,
  ) {}
  @On(noted) async whenNoted({ data }: EventOf<typeof noted>) {
    await this.gates.pass('reaction');
    await this.notes.hear(data.noteId);
  }
}

/** A small service that notes what it is told, and hears of it by its own event. */
export const probeService = (gates: Gates, more: Provider[] = []): ServiceDefinition =>
  defineService({
    name: 'probe',
    description: 'For tests.',
    config: z.object({}),
    controllers: [NotesController],
    providers: [Notes, { provide: Gates, useValue: gates }, ...more],
    reactions: Reactions,
    publishes: [noted],
    refusals,
    stateful: true,
  });

/** A bus that can be away, around one that works. */
export class UnsteadyBus implements Bus {
  readonly kind = 'unsteady';
  readonly published: Envelope[] = [];
  /** Not connected: nobody even tries. */
  away = false;
  /** Connected, and confirms nothing. */
  failing = false;
  closed = false;
  attempts = 0;
  constructor(private readonly inner: Bus) {}
  start(): Promise<void> {
    return this.inner.start();
  }
  async publish(events: readonly Envelope[]): Promise<void> {
    this.attempts += 1;
    if (this.away || this.failing) throw new Error('the bus is away');
    await this.inner.publish(events);
    this.published.push(...events);
  }
  publishTo(service: string, events: readonly Envelope[]): Promise<void> {
    return this.inner.publishTo(service, events);
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
    return !this.away && this.inner.isReady();
  }
  async close(): Promise<void> {
    this.closed = true;
    await this.inner.close();
  }
}

export const silent = createLog({ service: 'probe', level: 'silent', format: 'json' });

/** Tries again until it no longer throws. */
export async function eventually<T>(check: () => T | Promise<T>, within = 10_000): Promise<T> {
  const end = Date.now() + within;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() >= end) throw error;
      await pause(10);
    }
  }
}

/** Whether anybody listens there. */
export const isListening = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
