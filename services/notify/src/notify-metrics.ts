import { Metrics } from '@lyceum/telemetry';
import { Injectable } from '@nestjs/common';
import { Counter, Gauge } from 'prom-client';

@Injectable()
export class NotifyMetrics {
  readonly deliveries: Counter<'channel' | 'outcome'>;
  readonly pendingAge: Gauge<'channel'>;
  readonly openStreams: Gauge;

  constructor({ registry }: Metrics) {
    this.deliveries = new Counter({
      name: 'lyceum_notify_deliveries_total',
      help: 'Attempts to deliver a message, by channel and what became of them (sent, later, unknown, failed)',
      labelNames: ['channel', 'outcome'],
      registers: [registry],
    });
    this.pendingAge = new Gauge({
      name: 'lyceum_notify_pending_age_seconds',
      help: 'Age of the oldest message that has not left yet, by channel; 0 when none waits',
      labelNames: ['channel'],
      registers: [registry],
    });
    this.openStreams = new Gauge({
      name: 'lyceum_notify_open_streams',
      help: 'Notification streams that are open on this instance',
      registers: [registry],
    });
  }
}
