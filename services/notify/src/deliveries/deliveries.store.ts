import { nobodysAddress, nobodysName } from '@lyceum/contracts';
import { Database, type Page, type PageRequest, Records, where } from '@lyceum/store';
import { Injectable } from '@nestjs/common';
import type { Channel } from '../messages/message.js';
import type { Delivery, Verdict } from './delivery.js';

@Injectable()
export class Deliveries extends Records<Delivery> {
  constructor(database: Database) {
    super(database, {
      collection: 'deliveries',
      fields: {
        channel: { type: String, required: true },
        to: { type: Object, required: true },
        message: { type: Object, required: true },
        sealedToken: String,
        createdAt: { type: Date, required: true },
        attempts: { type: Number, required: true },
        standing: {
          status: { type: String, required: true },
          dueAt: Date,
          waitsFor: String,
          at: Date,
          reason: String,
          providerId: String,
        },
        lastError: String,
        forgetAt: Date,
      },
      personal: {
        owner: 'to.userId',
        fields: {
          'to.email': nobodysAddress,
          'to.firstName': nobodysName,
          'message.newEmail': nobodysAddress,
          'message.name': nobodysName,
          'message.fileName': nobodysName,
        },
      },
      indexes: [
        { keys: { channel: 1, 'standing.dueAt': 1 }, where: { 'standing.dueAt': { $exists: true } } },
        { keys: { channel: 1, createdAt: 1 }, where: { 'standing.dueAt': { $exists: true } } },
        { keys: { 'standing.waitsFor': 1 }, where: { 'standing.waitsFor': { $exists: true } } },
        { keys: { 'to.userId': 1 }, where: { 'to.userId': { $exists: true } } },
        { keys: { forgetAt: 1 }, expireAfterSeconds: 0 },
      ],
    });
  }

  /** What was and is to be told to somebody, the oldest first, but for what an instructor is told by way of a course. */
  to(userId: string, page: PageRequest): Promise<Page<Delivery>> {
    return this.page({ 'to.userId': userId }, page);
  }

  /** Says how many there were. */
  forget(userId: string): Promise<number> {
    return this.removeAll({ 'to.userId': userId });
  }

  /** All that still stands in the way of forgetting somebody, but `except`, is not to be sent any more. */
  forgetOthers(userId: string, except: string): Promise<number> {
    return this.removeAll({ 'to.userId': userId, id: where({ $ne: except }) });
  }

  /** What is to be sent now, the longest due first. */
  due(channel: Channel, now: Date, limit: number): Promise<Delivery[]> {
    return this.find({ channel, 'standing.dueAt': where({ $lte: now }) }, { sort: ['standing.dueAt'], limit });
  }

  /** Takes a delivery in hand until `until`; undefined when another instance has it or has sent it. */
  claim({ id, attempts, standing }: Delivery, now: Date, until: Date): Promise<Delivery | undefined> {
    if (standing.status !== 'pending') return Promise.resolve(undefined);
    return this.update(
      id,
      { attempts: attempts + 1, standing: { ...standing, dueAt: until } },
      { attempts, 'standing.dueAt': where({ $lte: now }) },
    );
  }

  /** Writes down what became of it. Nothing is written when another instance has taken it over meanwhile and not sent it. */
  async settle({ id, attempts }: Delivery, verdict: Verdict): Promise<void> {
    const pending = { 'standing.status': 'pending' };
    await this.update(id, { ...verdict }, verdict.standing.status === 'sent' ? pending : { ...pending, attempts });
  }

  /** The fact that some were waiting for is known: they are due now. Says how many. */
  async wake(waitsFor: string, now: Date): Promise<number> {
    const waiting = this.filterOf({ 'standing.waitsFor': waitsFor });
    const due = { $set: { 'standing.dueAt': now }, $unset: { 'standing.waitsFor': '' }, $inc: { version: 1 } };
    const { modifiedCount } = await this.shape.model.updateMany(waiting, due).exec();
    return modifiedCount;
  }

  /** When the longest pending one was made; undefined when none is. */
  async oldestPending(channel: Channel): Promise<Date | undefined> {
    const [oldest] = await this.find(
      { channel, 'standing.dueAt': where({ $exists: true }) },
      { sort: ['createdAt'], limit: 1 },
    );
    return oldest?.createdAt;
  }
}
