import { Id } from '@lyceum/contracts';
import { Caller, Refuses, Roles } from '@lyceum/http';
import { Controller, Get, Headers, Res } from '@nestjs/common';
import { ApiHeader, ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { refusals } from '../refusals.js';
import { Streams } from './streams.js';

@ApiTags('notifications')
@Roles()
@Controller('notifications/stream')
export class StreamController {
  constructor(private readonly streams: Streams) {}

  @Get()
  @ApiOperation({
    summary: 'My notifications as they come',
    description:
      'Server-sent events: `unread-count` first, then `notification` for each new one. `Last-Event-ID` resumes where a connection was lost. The stream ends after 15 minutes at the latest: connect again.',
  })
  @ApiHeader({ name: 'Last-Event-ID', required: false, description: 'the id of the last event that was seen' })
  @ApiProduces('text/event-stream')
  @ApiOkResponse({ schema: { type: 'string' } })
  @Refuses(refusals.tooManyStreams)
  async stream(
    @Caller() caller: Caller,
    @Headers('last-event-id') lastEventId: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const stream = await this.streams.connect(caller, Id.safeParse(lastEventId).data);
    await reply
      .type('text/event-stream; charset=utf-8')
      .header('cache-control', 'no-store, no-transform')
      .header('x-accel-buffering', 'no')
      // else the connection would stay open when the stream has ended, and a stopping service would wait for it
      .header('connection', 'close')
      .send(stream.body);
  }
}
