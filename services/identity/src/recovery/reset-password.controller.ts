import { Body, Controller, Get, Post, Query, Res } from '@nestjs/common';
import { Public } from '@lyceum/http';
import { Refusal } from '@lyceum/kernel';
import { ApiConsumes, ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { isOneTimeToken } from '../accounts/one-time-token.js';
import { CountsTokenGuesses } from '../attempts/token-guesses.js';
import { show } from '../pages/page.js';
import { LONGEST, SHORTEST, hasAllowedLength } from '../passwords/password-policy.js';
import { refusals } from '../refusals.js';
import { RecoveryService } from './recovery.service.js';
import { busyPage, choosePage, donePage, refusedPage } from './reset-password.page.js';

// people see a page whatever they come with
const Link = z.object({ token: z.string().max(200).catch('') });
type Link = z.infer<typeof Link>;
const Form = Link.extend({ newPassword: z.string().max(1_000).catch('') });
type Form = z.infer<typeof Form>;

/** The page behind the link in the mail. */
@ApiTags('passwords')
@Controller('reset-password')
export class ResetPasswordController {
  constructor(private readonly recovery: RecoveryService) {}

  @Get()
  @Public()
  @ApiOperation({ summary: "The page of the mail's link; opening it spends nothing" })
  @ApiProduces('text/html')
  @ApiOkResponse({ schema: { type: 'string' } })
  ask(@Query({ schema: Link }) { token }: Link, @Res() reply: FastifyReply): void {
    if (isOneTimeToken(token)) show(reply, 200, choosePage(token));
    else show(reply, 410, refusedPage());
  }

  @Post()
  @Public()
  @CountsTokenGuesses()
  @ApiOperation({ summary: 'What the form of the page does' })
  @ApiConsumes('application/x-www-form-urlencoded')
  @ApiProduces('text/html')
  @ApiOkResponse({ schema: { type: 'string' } })
  async reset(@Body({ schema: Form }) { token, newPassword }: Form, @Res() reply: FastifyReply): Promise<void> {
    if (isOneTimeToken(token) && !hasAllowedLength(newPassword))
      return show(reply, 400, choosePage(token, `It must be ${SHORTEST} to ${LONGEST} characters long`));
    try {
      await this.recovery.reset(token, newPassword);
      show(reply, 200, donePage());
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      show(reply, error.status, pageFor(error, token));
    }
  }
}

function pageFor(refusal: Refusal, token: string): string {
  if (refusal.code === refusals.passwordRefused.code) return choosePage(token, refusal.detail);
  return refusal.code === refusals.tooBusy.code ? busyPage() : refusedPage();
}
