import { Id } from '@lyceum/contracts';
import { Caller, PageQuery, Refuses, Roles } from '@lyceum/http';
import { Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { refusals } from '../refusals.js';
import { NotificationPage, NotificationView, UnreadCount } from './notification.view.js';
import { NotificationsService } from './notifications.service.js';

const NotificationParams = z.object({ notificationId: Id });
type NotificationParams = z.infer<typeof NotificationParams>;

@ApiTags('notifications')
@Roles()
@Controller('notifications')
export class NotificationsController {
  constructor(private readonly notifications: NotificationsService) {}

  @Get()
  @ApiOperation({ summary: 'My notifications, newest first' })
  @ApiOkResponse({ standardSchema: NotificationPage })
  mine(@Caller() caller: Caller, @Query({ schema: PageQuery }) query: PageQuery) {
    return this.notifications.mine(caller.id, query);
  }

  @Get('unread-count')
  @ApiOperation({ summary: 'How many of my notifications I have not read' })
  @ApiOkResponse({ standardSchema: UnreadCount })
  async unread(@Caller() caller: Caller): Promise<UnreadCount> {
    return { unread: await this.notifications.unread(caller.id) };
  }

  @Post('read-all')
  @HttpCode(204)
  @ApiOperation({ summary: 'Marks all my notifications as read' })
  @ApiNoContentResponse()
  readAll(@Caller() caller: Caller): Promise<void> {
    return this.notifications.readAll(caller.id);
  }

  @Post(':notificationId/read')
  @HttpCode(200)
  @ApiOperation({ summary: 'Marks one of my notifications as read; the first time counts' })
  @ApiOkResponse({ standardSchema: NotificationView })
  @Refuses(refusals.notFound)
  read(
    @Caller() caller: Caller,
    @Param({ schema: NotificationParams }) { notificationId }: NotificationParams,
  ): Promise<NotificationView> {
    return this.notifications.read(notificationId, caller.id);
  }
}
