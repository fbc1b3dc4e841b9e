import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

const seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** One service's Prometheus metrics, in a registry of its own: several services may live in one process. */
export class Metrics {
  readonly registry = new Registry();
  /** Rate, errors and duration of HTTP requests, by route pattern (never by URL). */
  readonly httpRequests = new Histogram({
    name: 'lyceum_http_request_duration_seconds',
    help: 'HTTP requests by method, route and status',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: seconds,
    registers: [this.registry],
  });
  readonly handled = new Histogram({
    name: 'lyceum_event_handler_duration_seconds',
    help: 'Events handled, by type and outcome (done, retried, parked)',
    labelNames: ['type', 'outcome'] as const,
    buckets: seconds,
    registers: [this.registry],
  });
  readonly published = new Counter({
    name: 'lyceum_events_published_total',
    help: 'Events that the broker has confirmed',
    labelNames: ['type'] as const,
    registers: [this.registry],
  });
  readonly outboxPending = new Gauge({
    name: 'lyceum_outbox_pending_documents',
    help: 'Documents whose events have not left yet',
    labelNames: ['collection'] as const,
    registers: [this.registry],
  });
  readonly outboxLag = new Gauge({
    name: 'lyceum_outbox_lag_seconds',
    help: 'Age of the oldest event that has not left yet',
    labelNames: ['collection'] as const,
    registers: [this.registry],
  });
  readonly outboxUnroutable = new Gauge({
    name: 'lyceum_outbox_unroutable',
    help: 'Documents that hold events to which nobody listens; they are tried again with growing pauses',
    labelNames: ['collection'] as const,
    registers: [this.registry],
  });
  readonly timersPending = new Gauge({
    name: 'lyceum_timers_pending_documents',
    help: 'Documents with a timer that is set',
    labelNames: ['collection'] as const,
    registers: [this.registry],
  });
  readonly timersLag = new Gauge({
    name: 'lyceum_timers_lag_seconds',
    help: 'How long the oldest due timer has been due without being fired',
    labelNames: ['collection'] as const,
    registers: [this.registry],
  });
  readonly timersFired = new Counter({
    name: 'lyceum_timers_fired_total',
    help: 'Timers whose event this instance has put into an outbox',
    labelNames: ['collection'] as const,
    registers: [this.registry],
  });
  readonly conflicts = new Counter({
    name: 'lyceum_store_conflicts_total',
    help: 'Optimistic concurrency conflicts that were tried again',
    labelNames: ['collection'] as const,
    registers: [this.registry],
  });

  constructor(service: string, options: { processMetrics: boolean }) {
    this.registry.setDefaultLabels({ service });
    if (options.processMetrics) collectDefaultMetrics({ register: this.registry });
  }
}
