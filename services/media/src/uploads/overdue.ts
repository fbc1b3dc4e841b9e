import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Repeating } from '@lyceum/host';
import { Clock } from '@lyceum/kernel';
import { Database } from '@lyceum/store';
import { Log } from '@lyceum/telemetry';
import { DisownedFiles } from './disowned-files.js';
import { UploadsService } from './uploads.service.js';

const HOUR = 3_600_000;

/** Once an hour in the whole fleet, throws away what was uploaded and never completed, and what belongs to nobody and is not needed. */
@Injectable()
export class OverdueUploads implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly rounds: Repeating;

  constructor(
    private readonly uploads: UploadsService,
    private readonly disowned: DisownedFiles,
    private readonly database: Database,
    private readonly clock: Clock,
    log: Log,
  ) {
    this.rounds = new Repeating(
      HOUR,
      () => this.sweep(),
      (error) => log.error('overdue uploads could not be thrown away', error),
    );
  }

  onApplicationBootstrap(): void {
    this.rounds.start();
  }

  onApplicationShutdown(): Promise<void> {
    return this.rounds.stop();
  }

  async sweep(): Promise<void> {
    await this.database.leases.hold('overdue-uploads', 60_000, async (lost) => {
      const before = new Date(this.clock.now().getTime() - HOUR);
      while (!lost.aborted && (await this.uploads.giveUpOverdue(before)) > 0);
      await this.disowned.sweep(() => !lost.aborted);
    });
  }
}
