import type { Bus } from '@lyceum/bus';
import { type EventOf, envelop, type partAsked, partRead } from '@lyceum/contracts';
import { newId } from '@lyceum/kernel';
import type { Database } from '@lyceum/store';

export interface PartSize {
  readonly events: number;
  readonly bytes: number;
}

/** Reads this service's own log for others. Nothing is kept between two parts: any instance may read the next one. */
export class LogParts {
  constructor(
    private readonly service: string,
    private readonly database: Pick<Database, 'events'>,
    private readonly bus: Pick<Bus, 'publishTo'>,
    private readonly most: PartSize,
  ) {}

  /** Sends the part that was asked for to whoever asked. Asked twice, it sends the same events twice. */
  async send({ data: { asker, after, ...about } }: EventOf<typeof partAsked>): Promise<void> {
    const { events, next } = await this.database.events.part(about.type, this.most, after);
    const read = partRead({ ...about, events: [...events], ...(next === undefined ? {} : { next }) });
    const { rebuildId: subject, part: version } = about;
    await this.bus.publishTo(asker, [
      envelop(read, { id: newId(), service: this.service, subject, version, time: new Date() }),
    ]);
  }
}
