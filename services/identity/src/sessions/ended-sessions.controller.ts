import { EndedSessionsAnswer, EndedSessionsFeed, Public } from '@lyceum/http';
import { Controller, Get, Header, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';

const Since = z.object({ since: z.string().max(1_200).optional().describe('`next` of the answer before') });
type Since = z.infer<typeof Since>;

const Answer = EndedSessionsAnswer.meta({ id: 'EndedSessions' });

/** For the other services, beside the keys; the edge does not route it. */
@ApiTags('keys')
@Controller()
export class EndedSessionsController {
  constructor(private readonly feed: EndedSessionsFeed) {}

  @Get('.well-known/ended-sessions')
  @Public()
  @Header('cache-control', 'no-store')
  @ApiOperation({
    summary: 'Sessions that ended so lately that access tokens of theirs may not have expired, and withdrawn keys',
  })
  @ApiOkResponse({ standardSchema: Answer })
  async ended(@Query({ schema: Since }) { since }: Since): Promise<EndedSessionsAnswer> {
    const { sessions, withdrawnKeys, keepMs, ...answer } = await this.feed.since(since);
    return {
      sessions: [...sessions],
      withdrawnKeys: [...withdrawnKeys],
      keepSeconds: Math.ceil(keepMs / 1_000),
      ...answer,
    };
  }
}
