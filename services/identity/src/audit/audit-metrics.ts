import { Metrics } from '@lyceum/telemetry';
import { Injectable } from '@nestjs/common';
import { Gauge } from 'prom-client';

/** What operators watch of the audit log. Every instance looks, in turns, and tells what it saw the last time. */
@Injectable()
export class AuditMetrics {
  readonly broken: Gauge<'look'>;
  readonly signedAt: Gauge;

  constructor({ registry }: Metrics) {
    this.broken = new Gauge({
      name: 'lyceum_identity_audit_log_broken',
      help: '1 when the last look found that the audit log is not what was written, else 0; at the end that is to be signed, or at the whole',
      labelNames: ['look'],
      registers: [registry],
    });
    this.signedAt = new Gauge({
      name: 'lyceum_identity_audit_signed_timestamp_seconds',
      help: 'When it was last signed how far the audit log is, by a key that counts; 0 when nothing is',
      registers: [registry],
    });
  }
}
