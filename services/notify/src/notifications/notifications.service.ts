import { CONFIG } from '@lyceum/host';
import { Clock } from '@lyceum/kernel';
import type { PageRequest } from '@lyceum/store';
import { Inject, Injectable } from '@nestjs/common';
import type { Config } from '../config.js';
import { Directory } from '../projections/directory.js';
import { refusals } from '../refusals.js';
import type { Notification } from './notification.js';
import { type NotificationView, viewOf } from './notification.view.js';
import { Notifications } from './notifications.store.js';

@Injectable()
export class NotificationsService {
  private readonly publicUrl: string;

  constructor(
    private readonly notifications: Notifications,
    private readonly directory: Directory,
    private readonly clock: Clock,
    @Inject(CONFIG) config: Config,
  ) {
    this.publicUrl = config.PUBLIC_URL.replace(/\/+$/, '');
  }

  async mine(userId: string, page: PageRequest) {
    const { items, ...rest } = await this.notifications.ofUser(userId, page);
    return { items: await this.viewsOf(userId, items), ...rest };
  }

  unread(userId: string): Promise<number> {
    return this.notifications.unread(userId);
  }

  async read(id: string, userId: string): Promise<NotificationView> {
    const read = await this.notifications.read(id, userId, this.clock.now());
    if (!read) throw refusals.notFound();
    return viewOf(read, await this.directory.readerOf(userId), this.publicUrl);
  }

  readAll(userId: string): Promise<void> {
    return this.notifications.readAll(userId, this.clock.now());
  }

  /** In the words of their reader. */
  async viewsOf(userId: string, items: readonly Notification[]): Promise<NotificationView[]> {
    const reader = await this.directory.readerOf(userId);
    return items.map((each) => viewOf(each, reader, this.publicUrl));
  }
}
