import { Repeating } from '@lyceum/host';
import { Log, Metrics } from '@lyceum/telemetry';
import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Gauge } from 'prom-client';
import { ErasuresStore } from './erasures.store.js';

const COUNTED_EVERY = 5_000;

/** Counted in rounds, not when somebody asks for the metrics: they must be there while the database is away. */
@Injectable()
export class ErasureMetrics implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly counting: Repeating;

  constructor({ registry }: Metrics, erasures: ErasuresStore, log: Log) {
    const waiting = new Gauge({
      name: 'lyceum_erasures_waiting',
      help: 'People who were erased and for whom the receipt of some service is missing',
      registers: [registry],
    });
    this.counting = new Repeating(
      COUNTED_EVERY,
      async () => waiting.set(await erasures.waiting()),
      (error) => log.warn('erasures that wait for receipts could not be counted', { reason: String(error) }),
    );
  }

  onApplicationBootstrap(): void {
    this.counting.start();
    this.counting.nudge();
  }

  onModuleDestroy(): Promise<void> {
    return this.counting.stop();
  }
}
