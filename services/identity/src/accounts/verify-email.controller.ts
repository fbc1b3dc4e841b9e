import { Body, Controller, Get, Post, Query, Res } from '@nestjs/common';
import { Public } from '@lyceum/http';
import { Refusal } from '@lyceum/kernel';
import { ApiConsumes, ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { CountsTokenGuesses } from '../attempts/token-guesses.js';
import { show } from '../pages/page.js';
import { isOneTimeToken } from './one-time-token.js';
import { RegistrationService } from './registration.service.js';
import { askPage, donePage, refusedPage } from './verify-email.page.js';

// people see a page whatever they come with
const Link = z.object({ token: z.string().max(200).catch('') });
type Link = z.infer<typeof Link>;

/** The page behind the link in the mail. */
@ApiTags('accounts')
@Controller('verify-email')
export class VerifyEmailController {
  constructor(private readonly registration: RegistrationService) {}

  @Get()
  @Public()
  @ApiOperation({ summary: "The page of the mail's link; opening it spends nothing" })
  @ApiProduces('text/html')
  @ApiOkResponse({ schema: { type: 'string' } })
  ask(@Query({ schema: Link }) { token }: Link, @Res() reply: FastifyReply): void {
    if (isOneTimeToken(token)) show(reply, 200, askPage(token));
    else show(reply, 410, refusedPage());
  }

  @Post()
  @Public()
  @CountsTokenGuesses()
  @ApiOperation({ summary: 'What the button of the page does' })
  @ApiConsumes('application/x-www-form-urlencoded')
  @ApiProduces('text/html')
  @ApiOkResponse({ schema: { type: 'string' } })
  async prove(@Body({ schema: Link }) { token }: Link, @Res() reply: FastifyReply): Promise<void> {
    try {
      await this.registration.prove(token);
      show(reply, 200, donePage());
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      show(reply, error.status, refusedPage());
    }
  }
}
