import { setTimeout as pause } from 'node:timers/promises';
import { nobodysName } from '@lyceum/contracts';
import { Contention, Database, DuplicateKey, type Page, type PageRequest, Records, where } from '@lyceum/store';
import { Injectable } from '@nestjs/common';
import type { Notification } from './notification.js';

const mostAttempts = 20;

@Injectable()
export class Notifications extends Records<Notification> {
  constructor(database: Database) {
    super(database, {
      collection: 'notifications',
      fields: {
        userId: { type: String, required: true },
        number: { type: Number, required: true },
        message: { type: Object, required: true },
        createdAt: { type: Date, required: true },
        readAt: Date,
      },
      personal: {
        owner: 'userId',
        fields: { 'message.name': nobodysName, 'message.fileName': nobodysName },
      },
      indexes: [
        { keys: { userId: 1, number: 1 }, unique: true },
        { keys: { userId: 1, readAt: 1 } },
        { keys: { createdAt: 1 } },
      ],
    });
  }

  /** Adds it with the person's next number, once. The unique index lets nobody pass who would leave a gap or fill one later. */
  async add(notification: Omit<Notification, 'number'>): Promise<boolean> {
    for (let attempt = 1; attempt <= mostAttempts; attempt += 1) {
      if (await this.get(notification.id)) return false;
      const number = ((await this.newestOf(notification.userId))?.number ?? 0) + 1;
      try {
        return await this.insertOnce({ ...notification, number });
      } catch (error) {
        if (!(error instanceof DuplicateKey)) throw error;
        // somebody else has the number: those who come at once must not meet again and again
        await pause(Math.random() * Math.min(200, 5 * 2 ** attempt));
      }
    }
    throw new Contention('notifications', notification.userId, mostAttempts);
  }

  /** Newest first. */
  ofUser(userId: string, page: PageRequest): Promise<Page<Notification>> {
    return this.page({ userId }, { ...page, sort: '-number' });
  }

  /** Says how many there were. */
  forget(userId: string): Promise<number> {
    return this.removeAll({ userId });
  }

  unread(userId: string): Promise<number> {
    return this.count({ userId, readAt: null });
  }

  async newestOf(userId: string): Promise<Notification | undefined> {
    const [newest] = await this.find({ userId }, { sort: ['-number'], limit: 1 });
    return newest;
  }

  /** The next ones after a number, oldest first. */
  after(userId: string, number: number, limit: number): Promise<Notification[]> {
    return this.find({ userId, number: where({ $gt: number }) }, { sort: ['number'], limit });
  }

  /** Of these people, who has got something since then, and the number of their newest one. */
  async newsSince(since: Date, userIds: readonly string[]): Promise<Map<string, number>> {
    const found = await this.aggregate<{ _id: string; newest: number }>([
      { $match: { createdAt: { $gte: since }, userId: { $in: [...userIds] } } },
      { $group: { _id: '$userId', newest: { $max: '$number' } } },
    ]);
    return new Map(found.map(({ _id, newest }) => [_id, newest]));
  }

  /** Marks one of a person's as read; the first time counts. Undefined when the person has no such one. */
  async read(id: string, userId: string, at: Date): Promise<Notification | undefined> {
    const read = await this.update(id, { readAt: at }, { userId, readAt: null });
    if (read) return read;
    const present = await this.get(id);
    return present?.userId === userId ? present : undefined;
  }

  async readAll(userId: string, at: Date): Promise<void> {
    const unread = this.filterOf({ userId, readAt: null });
    await this.shape.model.updateMany(unread, { $set: { readAt: at }, $inc: { version: 1 } }).exec();
  }
}
