import type {
  Envelope,
  EventOf,
  coursePublished,
  emailChanged,
  emailVerified,
  profileChanged,
  userRegistered,
} from '@lyceum/contracts';
import { Clock } from '@lyceum/kernel';
import { Database } from '@lyceum/store';
import { Injectable } from '@nestjs/common';
import { Deliveries } from './deliveries/deliveries.store.js';
import { begin, newsAge } from './deliveries/delivery.js';
import { Sender } from './deliveries/sender.js';
import { type Occasion, addressIsNew, published } from './messages/occasions.js';
import { Courses } from './projections/courses.js';
import { courseKey, userKey } from './projections/directory.js';
import { Recipients } from './projections/recipients.js';

/** What events mean for those who are to hear of them. */
@Injectable()
export class Announcements {
  constructor(
    private readonly deliveries: Deliveries,
    private readonly recipients: Recipients,
    private readonly courses: Courses,
    private readonly sender: Sender,
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** Writes down who is to be told what because of the event, once however often it comes; it is sent from there. */
  async announce(event: Pick<Envelope, 'id' | 'time'>, occasions: readonly Occasion[]): Promise<void> {
    const now = this.clock.now();
    if (now.getTime() - Date.parse(event.time) > newsAge) return;
    for (const occasion of occasions)
      if (!(await this.isGone(occasion))) await this.deliveries.insertOnce(begin(event.id, occasion, now));
    this.sender.nudge();
  }

  async meet(event: EventOf<typeof userRegistered>): Promise<void> {
    await this.recipients.registered(event);
    await this.known(userKey(event.data.userId));
  }

  async renamed(event: EventOf<typeof profileChanged>): Promise<void> {
    await this.recipients.renamed(event);
    await this.known(userKey(event.data.userId));
  }

  async trustAddress(event: EventOf<typeof emailVerified>): Promise<void> {
    await this.recipients.verified(event);
    await this.known(userKey(event.data.userId));
  }

  async move(event: EventOf<typeof emailChanged>): Promise<void> {
    await this.recipients.moved(event);
    await this.known(userKey(event.data.userId));
    await this.announce(event, addressIsNew(event.data));
  }

  async publish(event: EventOf<typeof coursePublished>): Promise<void> {
    await this.courses.published(event);
    await this.known(courseKey(event.data.courseId));
    await this.announce(event, published(event.data));
  }

  private async isGone({ to }: Occasion): Promise<boolean> {
    return to.kind !== 'instructor' && (await this.database.erased.has(to.userId));
  }

  private async known(key: string): Promise<void> {
    if ((await this.deliveries.wake(key, this.clock.now())) > 0) this.sender.nudge();
  }
}
