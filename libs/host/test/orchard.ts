import { Injectable } from '@nestjs/common';
import { Clock } from '@lyceum/kernel';
import { z } from 'zod';
import { type JobContext, Scheduled, type ServiceDefinition, daily, defineService, weekly } from '../src/index.js';

/** Stands still until it is moved. */
export class StillClock extends Clock {
  constructor(private at: Date) {
    super();
  }
  now(): Date {
    return new Date(this.at);
  }
  set(at: string): void {
    this.at = new Date(at);
  }
}

/** What a test sees and does in the middle of a job. */
export class Orchard {
  /** Trees in the order in which they were picked; one that was picked again is there twice. */
  readonly picked: number[] = [];
  /** Runs that have begun or been taken up in this instance. */
  readonly begun: (string | undefined)[] = [];
  pruned = 0;
  /** Called before each tree. */
  before: (tree: number) => Promise<void> | void = () => undefined;
}

export const TREES = 6;

@Injectable()
class Jobs {
  constructor(private readonly orchard: Orchard) {}

  @Scheduled('orchard.pick', 'Picks what is ripe.', weekly('Sunday', '04:00'))
  async pick({ cursor, reached }: JobContext) {
    this.orchard.begun.push(cursor);
    for (let tree = Number(cursor ?? 0) + 1; tree <= TREES; tree += 1) {
      await this.orchard.before(tree);
      this.orchard.picked.push(tree);
      await reached(String(tree), { trees: 1 });
    }
    return { baskets: 1 };
  }

  @Scheduled('orchard.prune', 'Takes away what is dry.', daily('06:00'))
  async prune() {
    this.orchard.pruned += 1;
  }
}

export const orchardService = (orchard: Orchard): ServiceDefinition =>
  defineService({
    name: 'orchard',
    description: 'For tests.',
    config: z.object({}),
    controllers: [],
    providers: [Jobs, { provide: Orchard, useValue: orchard }],
    jobs: Jobs,
    publishes: [],
    refusals: {},
    stateful: true,
  });
