import { setTimeout as pause } from 'node:timers/promises';
import type { Bus } from '@lyceum/bus';
import { type Envelope, type EventOf, envelop, partAsked, type partRead } from '@lyceum/contracts';
import { newId } from '@lyceum/kernel';
import { Busy, type Database, Rebuild, type RebuildSource, type RebuildState, type Rebuildable } from '@lyceum/store';
import type { Log } from '@lyceum/telemetry';
import { z } from 'zod';
import { Repeating } from '../repeating.js';
import type { PartSize } from './log-parts.js';

/** In ms. */
export interface RebuildTimes {
  /** How long instances may take to notice that a rebuild has begun or ended. */
  readonly settle: number;
  /** How often an instance looks for a rebuild that another one has left behind. */
  readonly look: number;
  /** How long an instance that has died is thought to be at work. */
  readonly lease: number;
  /** How often it is looked at how far a rebuild is. */
  readonly poll: number;
  /** After that long without an answer a part is asked for again; the next time after twice as long. */
  readonly askAgain: number;
  /** After that long without anything new it has failed. */
  readonly giveUp: number;
}

/** What tests shorten. */
export interface RebuildOptions {
  readonly times?: Partial<RebuildTimes>;
  readonly part?: Partial<PartSize>;
}

export const partSize: PartSize = { events: 500, bytes: 512 * 1_024 };

export const rebuildTimes: RebuildTimes = {
  settle: 3_000,
  look: 5_000,
  lease: 20_000,
  poll: 250,
  askAgain: 30_000,
  giveUp: 20 * 60_000,
};

/** So many events of a part are told at the same time. */
const atOnce = 16;

/**
 * Makes projections anew from their publishers' logs, over the bus. How far a rebuild is stands in the database: any instance may
 * take a part, and another one carries on when the one that conducts it has died.
 */
export class Rebuilds {
  private readonly looking: Repeating;
  private readonly conducting = new Map<string, Promise<void>>();
  private readonly stopping = new AbortController();

  constructor(
    private readonly service: string,
    private readonly database: Database,
    private readonly bus: Pick<Bus, 'publishTo'>,
    private readonly log: Log,
    private readonly times: RebuildTimes = rebuildTimes,
  ) {
    this.looking = new Repeating(
      times.look,
      () => this.look(),
      (error) => log.warn('looking for rebuilds failed', { error }),
    );
  }

  start(): void {
    this.looking.start();
  }

  /** Leaves what is under way to another instance, or to the next start. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.looking.stop();
    await Promise.all(this.conducting.values());
  }

  /** Begins one, or gives the one that is under way. Throws Busy when the one before is not tidied up in time. */
  async begin(projection: Rebuildable): Promise<RebuildState> {
    if (projection.feeds.length === 0) throw new RangeError(`${projection.name} has nothing to be made from`);
    const state = await this.afterTheLast(projection);
    this.log.info('a projection is being rebuilt', { projection: projection.name, rebuild: state.id });
    this.looking.nudge();
    return state;
  }

  /** The one before takes some seconds to be tidied up after it is done: nobody should have to ask twice for that. */
  private async afterTheLast({ rebuild, feeds }: Rebuildable): Promise<RebuildState> {
    const deadline = Date.now() + 2 * this.times.settle + 1_000;
    for (;;) {
      try {
        return await rebuild.begin(feeds.map(({ event }) => event));
      } catch (error) {
        if (!(error instanceof Busy) || Date.now() > deadline) throw error;
      }
      await pause(this.times.poll);
    }
  }

  /** Tells the copy a part of the past and asks for the next. A part that comes late or again changes nothing. */
  async take({ data }: EventOf<typeof partRead>): Promise<void> {
    const { rebuildId, type, part, events, next } = data;
    const projection = this.database.projections.get(data.projection);
    const state = await projection?.rebuild.state();
    if (!projection || state?.id !== rebuildId || state.status !== 'filling' || !state.copy) return;
    const source = state.sources.find((each) => each.type === type);
    if (source?.parts !== part - 1) return;
    for (let from = 0; from < events.length; from += atOnce) {
      const told = await this.tell(projection, state, events.slice(from, from + atOnce));
      if (!told) return;
    }
    const after = await projection.rebuild.told(rebuildId, { type, part, events: events.length, next });
    if (after && !after.complete) await this.ask(projection, rebuildId, after);
  }

  /** False when an event cannot be told at all: then the rebuild has failed. */
  private async tell(projection: Rebuildable, state: RebuildState, events: readonly Envelope[]): Promise<boolean> {
    const { id, copy = '' } = state;
    const outcomes = await Promise.allSettled(
      events.map(async (event) => projection.retell(await this.database.erased.heard(event), copy)),
    );
    for (const [index, outcome] of outcomes.entries()) {
      if (outcome.status === 'fulfilled') continue;
      const error: unknown = outcome.reason;
      if (mayPass(error)) throw error; // the bus brings the part again
      const { id: event, type } = events[index] ?? { id: '', type: '' };
      await this.fail(projection, id, `The event ${event} (${type}) cannot be told: ${reasonOf(error)}`);
      return false;
    }
    return true;
  }

  private async look(): Promise<void> {
    for (const name of await Rebuild.unfinished(this.database)) {
      const projection = this.database.projections.get(name);
      if (!projection || this.conducting.has(name) || this.stopping.signal.aborted) continue;
      const work = this.database.leases
        .hold(`rebuild of ${name}`, this.times.lease, (lost) => this.conduct(projection, lost))
        .then(() => undefined)
        .catch((error: unknown) => {
          if (!this.stopping.signal.aborted) this.log.warn('a rebuild is held up', { projection: name, error });
        })
        .finally(() => this.conducting.delete(name));
      this.conducting.set(name, work);
    }
  }

  /** Takes a rebuild through its steps. Each may be done again: by another instance, which does not know how far this one got. */
  private async conduct(projection: Rebuildable, lost: AbortSignal): Promise<void> {
    const signal = AbortSignal.any([lost, this.stopping.signal]);
    const { settle, poll } = this.times;
    const { rebuild, name } = projection;
    for (;;) {
      signal.throwIfAborted();
      const state = await rebuild.state();
      if (!state?.copy) return;
      const { id, copy } = state;
      switch (state.status) {
        case 'announced':
          await pause(settle, undefined, { signal });
          await projection.prepareCopy(copy);
          await rebuild.move(id, 'announced', 'filling');
          break;
        case 'filling':
          if (state.sources.every(({ complete }) => complete)) await rebuild.move(id, 'filling', 'replacing');
          else if (await this.stillHopes(projection, state)) await pause(poll, undefined, { signal });
          break;
        case 'replacing':
          await projection.takeCopy(copy);
          await rebuild.move(id, 'replacing', 'done');
          this.log.info('a projection has been rebuilt', { projection: name, rebuild: id });
          break;
        case 'done':
        case 'failed':
          await pause(settle, undefined, { signal }); // who has not noticed the end yet still writes there
          await projection.dropCopy(copy);
          await rebuild.forgetCopy(id);
      }
    }
  }

  /** Asks for what has not come. False when it is given up. */
  private async stillHopes(projection: Rebuildable, { id, movedAt, sources }: RebuildState): Promise<boolean> {
    const now = Date.now();
    const { askAgain, giveUp } = this.times;
    const open = sources.filter(({ complete }) => !complete);
    if (now - movedAt.getTime() > giveUp) {
      const silent = [...new Set(open.map(({ publisher }) => publisher))].join(', ');
      await this.fail(projection, id, `Nothing has come from ${silent} for ${Math.round(giveUp / 1_000)} s`);
      return false;
    }
    for (const source of open) {
      const patience = askAgain * 2 ** Math.max(0, source.asks - 1);
      if (source.askedAt && now - source.askedAt.getTime() < patience) continue;
      await projection.rebuild.asked(id, source);
      await this.ask(projection, id, source);
    }
    return true;
  }

  /** Whatever becomes of it: an answer that does not come is asked for again. */
  private async ask(projection: Rebuildable, rebuildId: string, source: RebuildSource): Promise<void> {
    const { type, publisher, parts, after } = source;
    const part = parts + 1;
    const asked = partAsked({
      rebuildId,
      asker: this.service,
      projection: projection.name,
      type,
      part,
      ...(after === undefined ? {} : { after }),
    });
    const about = { id: newId(), service: this.service, subject: rebuildId, version: part, time: new Date() };
    try {
      await this.bus.publishTo(publisher, [envelop(asked, about)]);
    } catch (error) {
      this.log.warn('a part of a log cannot be asked for yet', { of: publisher, error });
    }
  }

  private async fail(projection: Rebuildable, id: string, sentence: string): Promise<void> {
    const failure = sentence.slice(0, 1_000);
    if (await projection.rebuild.fail(id, failure))
      this.log.error('a rebuild has failed', undefined, { projection: projection.name, rebuild: id, failure });
  }
}

/** Whether the same may succeed later: the database was away or busy. */
const mayPass = (error: unknown): boolean =>
  error instanceof Busy || (error instanceof Error && error.name.startsWith('Mongo'));

/** In one line: a broken contract is told field by field. */
const reasonOf = (error: unknown): string =>
  error instanceof z.ZodError
    ? error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ')
    : String(error);
