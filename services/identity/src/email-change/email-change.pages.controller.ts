import { Body, Controller, Get, Post, Query, Res } from '@nestjs/common';
import { Public } from '@lyceum/http';
import { Refusal } from '@lyceum/kernel';
import { ApiConsumes, ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { isOneTimeToken } from '../accounts/one-time-token.js';
import { CountsTokenGuesses } from '../attempts/token-guesses.js';
import { show } from '../pages/page.js';
import { confirmPage, confirmedPage, refusedPage, stopPage, stoppedPage } from './email-change.page.js';
import { EmailChangeService } from './email-change.service.js';

// people see a page whatever they come with
const Link = z.object({ token: z.string().max(200).catch('') });
type Link = z.infer<typeof Link>;

/** The pages behind the links in both mails; opening them changes nothing. */
@ApiTags('accounts')
@Controller('email-change')
export class EmailChangePagesController {
  constructor(private readonly changes: EmailChangeService) {}

  @Get('confirm')
  @Public()
  @ApiOperation({ summary: 'The page of the link that went to the new address' })
  @ApiProduces('text/html')
  @ApiOkResponse({ schema: { type: 'string' } })
  askToConfirm(@Query({ schema: Link }) { token }: Link, @Res() reply: FastifyReply): void {
    ask(reply, token, confirmPage);
  }

  @Post('confirm')
  @Public()
  @CountsTokenGuesses()
  @ApiOperation({ summary: 'What the button of the page does' })
  @ApiConsumes('application/x-www-form-urlencoded')
  @ApiProduces('text/html')
  @ApiOkResponse({ schema: { type: 'string' } })
  async confirm(@Body({ schema: Link }) { token }: Link, @Res() reply: FastifyReply): Promise<void> {
    await answer(reply, () => this.changes.confirm(token), confirmedPage);
  }

  @Get('stop')
  @Public()
  @ApiOperation({ summary: 'The page of the link that went to the old address' })
  @ApiProduces('text/html')
  @ApiOkResponse({ schema: { type: 'string' } })
  askToStop(@Query({ schema: Link }) { token }: Link, @Res() reply: FastifyReply): void {
    ask(reply, token, stopPage);
  }

  @Post('stop')
  @Public()
  @CountsTokenGuesses()
  @ApiOperation({ summary: 'What the button of the page does' })
  @ApiConsumes('application/x-www-form-urlencoded')
  @ApiProduces('text/html')
  @ApiOkResponse({ schema: { type: 'string' } })
  async stop(@Body({ schema: Link }) { token }: Link, @Res() reply: FastifyReply): Promise<void> {
    await answer(reply, () => this.changes.stop(token), stoppedPage);
  }
}

function ask(reply: FastifyReply, token: string, html: (token: string) => string): void {
  if (isOneTimeToken(token)) show(reply, 200, html(token));
  else show(reply, 410, refusedPage());
}

async function answer(reply: FastifyReply, act: () => Promise<void>, html: () => string): Promise<void> {
  try {
    await act();
    show(reply, 200, html());
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    show(reply, error.status, refusedPage());
  }
}
