import { type Erased, PersonalData, type Section } from '@lyceum/host';
import { Clock } from '@lyceum/kernel';
import type { Erasure } from '@lyceum/store';
import { Injectable } from '@nestjs/common';
import { Deliveries } from './deliveries/deliveries.store.js';
import { begin, deliveryId } from './deliveries/delivery.js';
import { Sender } from './deliveries/sender.js';
import type { Occasion } from './messages/occasions.js';
import { Notifications } from './notifications/notifications.store.js';
import { Recipients } from './projections/recipients.js';

const pageSize = 100;

/** What notify holds about somebody: an address, and everything that was ever written to it. */
@Injectable()
export class NotifyPersonalData extends PersonalData {
  constructor(
    private readonly recipients: Recipients,
    private readonly deliveries: Deliveries,
    private readonly notifications: Notifications,
    private readonly sender: Sender,
    private readonly clock: Clock,
  ) {
    super();
  }

  async *collect(userId: string): AsyncGenerator<Section, void> {
    const recipient = await this.recipients.get(userId);
    if (recipient) yield { name: 'recipient', title: 'Where our mails to you go', records: [{ ...recipient }] };
    for (let after: string | undefined, more = true; more; more = after !== undefined) {
      const page = await this.deliveries.to(userId, { limit: pageSize, sort: 'createdAt', after });
      const records = page.items.map(({ id, channel, to, message, createdAt, standing: { status } }) => ({
        id,
        channel,
        status,
        createdAt: createdAt.toISOString(),
        ...(to.kind === 'address' ? { email: to.email } : {}),
        message,
      }));
      yield { name: 'messages', title: 'What we have written to you', records };
      after = page.next;
    }
    for (let after: string | undefined, more = true; more; more = after !== undefined) {
      const page = await this.notifications.ofUser(userId, { limit: pageSize, sort: '-number', after });
      const records = page.items.map(({ id, number, message, createdAt, readAt }) => ({
        id,
        number,
        message,
        createdAt: createdAt.toISOString(),
        readAt: readAt?.toISOString() ?? null,
      }));
      yield { name: 'notifications', title: 'Your notifications', records };
      after = page.next;
    }
  }

  /** The last mail needs the address: it is forgotten when that has been sent, or has been given up. */
  async erase(userId: string, context: Erasure): Promise<Erased> {
    const { id, isUnderWay } = await this.sayGoodbye(userId, context);
    const notices = await this.notifications.forget(userId);
    const others = await this.deliveries.forgetOthers(userId, id);
    const erased = [
      { what: 'notifications', count: notices },
      { what: 'messages', count: others },
    ].filter(({ count }) => count > 0);
    if (isUnderWay) return { erased, waitsFor: 'the last mail to be sent' };
    const known = await this.recipients.get(userId);
    await this.recipients.erase(userId);
    const last = await this.deliveries.forget(userId);
    return {
      erased: [
        ...erased,
        ...(last > 0 ? [{ what: 'the last mail', count: last }] : []),
        ...(known ? [{ what: 'addresses', count: 1 }] : []),
      ],
    };
  }

  /** Writes the last mail once, if there is anybody to write to. */
  private async sayGoodbye(userId: string, { erasureId, erasedAt, sealedReceipt }: Erasure) {
    const known = await this.recipients.get(userId);
    const email = known?.verifiedEmail ?? known?.registeredEmail;
    const goodbye: Occasion = {
      channel: 'email',
      to: { kind: 'address', userId, email: email ?? '', firstName: known?.firstName ?? '' },
      message: { kind: 'account-erased', at: erasedAt.toISOString() },
      ...(sealedReceipt === undefined ? {} : { sealedToken: sealedReceipt }),
    };
    const event = `${erasureId}:goodbye`;
    const id = deliveryId(event, goodbye);
    if (email !== undefined && sealedReceipt !== undefined) {
      await this.deliveries.insertOnce(begin(event, goodbye, this.clock.now()));
      this.sender.nudge();
    }
    return { id, isUnderWay: (await this.deliveries.get(id))?.standing.status === 'pending' };
  }
}
