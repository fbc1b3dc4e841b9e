import { Metrics } from '@lyceum/telemetry';
import { Injectable } from '@nestjs/common';
import { Counter, Gauge } from 'prom-client';

@Injectable()
export class NotifyMetrics {
  readonly deliveries: Counter<'channel' | 'outcome'>;
  readonly pendingAge: Gauge;

  constructor({ registry }: Metrics) {
    this.deliveries = new Counter({
      name: 'lyceum_notify_deliveries_total',
      help: 'Attempts to deliver a message, by channel and what became of them (sent, later, unknown, failed)',
      labelNames: ['channel', 'outcome'],
      registers: [registry],
    });
    this.pendingAge = new Gauge({
      name: 'lyceum_notify_pending_age_seconds',
      help: 'Age of the oldest message that has not left yet; 0 when none waits',
      registers: [registry],
    });
  }
}
