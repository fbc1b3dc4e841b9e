import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Clock } from '@lyceum/kernel';
import { Database } from '@lyceum/store';
import { Log } from '@lyceum/telemetry';
import { UploadsService } from './uploads.service.js';

const HOUR = 3_600_000;

/** Once an hour in the whole fleet, throws away what was uploaded and never completed. */
@Injectable()
export class OverdueUploads implements OnApplicationBootstrap, OnApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly uploads: UploadsService,
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.sweep(), HOUR * (0.9 + Math.random() * 0.2));
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  async sweep(): Promise<void> {
    try {
      await this.database.leases.hold('overdue-uploads', 60_000, async (lost) => {
        const before = new Date(this.clock.now().getTime() - HOUR);
        while (!lost.aborted && (await this.uploads.giveUpOverdue(before)) > 0);
      });
    } catch (error) {
      this.log.error('overdue uploads could not be thrown away', error);
    }
  }
}
