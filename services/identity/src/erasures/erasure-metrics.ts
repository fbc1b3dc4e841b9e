import { Injectable } from '@nestjs/common';
import { Metrics } from '@lyceum/telemetry';
import { Gauge } from 'prom-client';
import { ErasuresStore } from './erasures.store.js';

@Injectable()
export class ErasureMetrics {
  readonly waiting: Gauge;

  constructor({ registry }: Metrics, erasures: ErasuresStore) {
    this.waiting = new Gauge({
      name: 'lyceum_erasures_waiting',
      help: 'People who were erased and for whom the receipt of some service is missing',
      registers: [registry],
      async collect() {
        this.set(await erasures.waiting());
      },
    });
  }
}
