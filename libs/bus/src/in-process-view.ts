import type { Metrics } from '@lyceum/telemetry';
import type { Bus, Consumer } from './bus.js';
import { busMetrics } from './bus-metrics.js';
import { Unroutable } from './unroutable.js';

/** One service's part in a bus that several share: closing it stops that service's consumers only. */
export function viewOf(bus: Bus, telemetry: Metrics | undefined): Bus {
  const mine = new Set<Consumer>();
  let closed = false;
  const mustBeOpen = () => {
    if (closed) throw new Error('The message bus is closed');
  };
  const isReady = () => !closed && bus.isReady();
  let subscriber: string | undefined;
  const metrics = telemetry && busMetrics(telemetry, isReady, async () => (subscriber ? bus.countDead(subscriber) : 0));
  return {
    kind: bus.kind,
    start: () => bus.start(),
    publish: async (events) => {
      mustBeOpen();
      try {
        await bus.publish(events);
      } catch (error) {
        if (error instanceof Unroutable)
          for (const { id, type } of events) if (error.ids.includes(id)) metrics?.unroutable.inc({ type });
        throw error;
      }
    },
    publishTo: async (service, events) => {
      mustBeOpen();
      await bus.publishTo(service, events);
      for (const { type } of events) telemetry?.published.inc({ type });
    },
    subscribe: async (subscription) => {
      mustBeOpen();
      const consumer = await bus.subscribe(subscription);
      subscriber = subscription.service;
      mine.add(consumer);
      return consumer;
    },
    deadLetters: (service, selection) => bus.deadLetters(service, selection),
    countDead: (service) => bus.countDead(service),
    replayDead: (service, selection) => bus.replayDead(service, selection),
    dropDead: (service, selection) => bus.dropDead(service, selection),
    isReady,
    close: async () => {
      closed = true;
      await Promise.all(Array.from(mine, (consumer) => consumer.stop()));
    },
  };
}
