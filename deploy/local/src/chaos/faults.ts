import { setTimeout as wait } from 'node:timers/promises';
import { until } from '../until.js';
import {
  type Fault,
  type Plan,
  type ProcessName,
  type Server,
  type Victim,
  instances,
  servers,
  wording,
} from './plan.js';
import type { Timeline } from './timeline.js';
import type { World } from './world.js';

const upWithinMs = 240_000; // a busy machine makes it slow, not wrong
/** As an orchestrator takes a moment to notice. */
const brokerAwayMs = 500;

/** Carries out the faults of a plan, each at its time or as soon as its victim is up again from the last one. */
export class Adversary {
  private readonly busy = new Map<string, Promise<void>>();
  /** When the last victim was up again, on the timeline; the moment from which everything has to drain. */
  healedAt = 0;
  done = 0;
  readonly notDone: string[] = [];
  /** Victims that did not come up again. */
  readonly failed: string[] = [];

  constructor(
    private readonly world: World,
    private readonly timeline: Timeline,
  ) {}

  /** Resolves when all victims are up again. */
  async carryOut({ faults }: Pick<Plan, 'faults'>): Promise<void> {
    const under: Promise<void>[] = [];
    for (const { at, fault } of faults) {
      await wait(Math.max(0, at - this.timeline.now));
      under.push(this.inTurn(fault));
    }
    await Promise.all(under);
    this.healedAt = this.timeline.now;
  }

  /** Sabotage, to see the checks bite: takes messages of a service out of the broker while nobody consumes them. */
  async loseMessages(service: ProcessName): Promise<void> {
    const { broker, services } = this.world;
    for (let lost = 0; lost === 0 && this.healedAt === 0;) {
      await wait(3_000); // for some to be published while both instances start again
      await Promise.all(instances.map(async (n) => services.get(`${service}/${n}`)?.kill()));
      const said = await broker.control('list_queues', '-q', 'name', 'messages_ready').catch(() => '');
      lost = Number(new RegExp(`^${service}\\s+(\\d+)$`, 'm').exec(said)?.[1] ?? 0);
      if (lost === 0) continue;
      await broker.control('purge_queue', service);
      this.timeline.note(`SABOTAGE: ${lost} messages for ${service} are thrown away`);
    }
  }

  /** Faults of one victim follow each other; those of others do not wait. */
  private inTurn(fault: Fault): Promise<void> {
    const keys = keysOf(fault);
    const before = keys.map((key) => this.busy.get(key) ?? Promise.resolve());
    const mine = Promise.all(before)
      .then(() => this.strike(fault))
      .catch((error: unknown) => {
        const what = `${wording(fault)}: ${error instanceof Error ? error.message : String(error)}`;
        this.timeline.note(what);
        this.failed.push(what);
      });
    for (const key of keys) this.busy.set(key, mine);
    return mine;
  }

  private async strike(fault: Fault): Promise<void> {
    const { disk, crossings } = this.world;
    if (fault.kind === 'fill the disk' && disk.unfillable) {
      this.notDone.push(`${wording(fault)}: ${disk.unfillable}`);
      return;
    }
    if (fault.kind === 'kill') await Promise.all(fault.victims.map((victim) => this.up(victim)));
    if (fault.kind === 'freeze') await this.up(fault.victim);
    this.timeline.note(wording(fault));
    this.done += 1;
    switch (fault.kind) {
      case 'kill':
        await Promise.all(fault.victims.map((victim) => this.kill(victim)));
        break;
      case 'freeze':
        this.thing(fault.victim).freeze();
        await wait(fault.forMs);
        this.thing(fault.victim).thaw();
        await this.up(fault.victim);
        break;
      case 'cut':
        crossings.get(fault.link)?.cut();
        break;
      case 'slow':
        crossings.get(fault.link)?.slow(fault.byMs);
        await wait(fault.forMs);
        crossings.get(fault.link)?.slow(0);
        break;
      case 'fill the disk':
        disk.fill();
        await wait(fault.forMs);
        disk.free();
        break;
    }
    if (fault.kind !== 'cut') this.timeline.note(`  over: ${wording(fault)}`);
  }

  private async kill(victim: Victim): Promise<void> {
    await this.thing(victim).kill();
    if (victim === 'broker' || victim === 'cache') {
      await wait(brokerAwayMs);
      await this.world[victim].restart();
    }
    await this.up(victim);
  }

  private up(victim: Victim): Promise<void> {
    return until(async () => {
      const up = isServer(victim) ? await this.world.isServerUp(victim) : this.world.isReady(victim);
      if (!up) throw new Error(`${victim} did not come up within ${upWithinMs / 1_000} s`);
    }, upWithinMs);
  }

  private thing(victim: Victim): { kill(): Promise<void>; freeze(): void; thaw(): void } {
    if (isServer(victim)) return this.world[victim];
    const service = this.world.services.get(victim);
    if (!service) throw new RangeError(`There is no ${victim}`);
    return service;
  }
}

const isServer = (victim: Victim): victim is Server => servers.some((server) => server === victim);

/** What a fault is about: two about the same thing must not meet. */
function keysOf(fault: Fault): readonly string[] {
  switch (fault.kind) {
    case 'kill':
      return fault.victims;
    case 'freeze':
      return [fault.victim];
    case 'fill the disk':
      return ['database']; // one that is killed on a full disk could not say so
    case 'cut':
    case 'slow':
      return [`link ${fault.link}`];
  }
}
