import type { Bus } from '@lyceum/bus';
import { envelop } from '@lyceum/contracts';
import { type DomainEvent, newId } from '@lyceum/kernel';

/** Says something to one other service: a message that stands in no log and may be lost with a crash, so that whoever waits asks again. */
export class DirectLine {
  constructor(
    private readonly service: string,
    private readonly bus: Pick<Bus, 'publishTo'>,
  ) {}

  /** Resolves when the message lies in the other service's queue. */
  async tell(service: string, subject: string, message: DomainEvent): Promise<void> {
    const about = { id: newId(), service: this.service, subject, version: 1, time: new Date() };
    await this.bus.publishTo(service, [envelop(message, about)]);
  }
}
