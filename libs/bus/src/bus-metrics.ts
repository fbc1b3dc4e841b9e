import type { Metrics } from '@lyceum/telemetry';
import { Counter, Gauge } from 'prom-client';

/** What a service's bus tells of itself, in the service's own registry. */
export interface BusMetrics {
  readonly unroutable: Counter<'type'>;
  readonly dead: Gauge;
}

/**
 * Makes the bus's metrics in place of those of an earlier bus of the same service. The dead letters are counted when the
 * metrics are asked for, if that is cheap, and otherwise set from outside.
 */
export function busMetrics(
  { registry }: Metrics,
  isReady: () => boolean,
  countDead?: () => Promise<number>,
): BusMetrics {
  const registers = [registry];
  const [ready, dead, unroutable] = ['lyceum_bus_ready', 'lyceum_dead_letters', 'lyceum_events_unroutable_total'];
  for (const name of [ready, dead, unroutable]) registry.removeSingleMetric(name);
  registry.registerMetric(
    new Gauge({
      name: ready,
      help: '1 while messages can be published, otherwise 0',
      registers: [],
      collect() {
        this.set(isReady() ? 1 : 0);
      },
    }),
  );
  return {
    dead: new Gauge({
      name: dead,
      help: 'Messages of this service that were given up on',
      registers,
      ...(countDead && {
        async collect() {
          this.set(await countDead());
        },
      }),
    }),
    unroutable: new Counter({
      name: unroutable,
      help: 'Events that no queue was bound to when they were published',
      labelNames: ['type'] as const,
      registers,
    }),
  };
}
