import { Body, Controller, Delete, Get, Header, HttpCode, Param, Post, Query, Req } from '@nestjs/common';
import { Caller, PageQuery, Public, Refuses, Roles, SignedInOnly, pageOf } from '@lyceum/http';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { EmailAddress } from '../accounts/email-address.js';
import { refusals } from '../refusals.js';
import { deviceOf } from './device.js';
import type { Session } from './session.js';
import { SessionsService } from './sessions.service.js';
import { SignInAnswer, Tokens, signInAnswerOf, tokensOf } from './tokens.view.js';

const SignIn = z.strictObject({ email: EmailAddress, password: z.string().min(1).max(1_000) }).meta({ id: 'SignIn' });
type SignIn = z.infer<typeof SignIn>;

const RefreshBody = z.strictObject({ refreshToken: z.string().min(1).max(500) }).meta({ id: 'Refresh' });
type RefreshBody = z.infer<typeof RefreshBody>;

const SessionView = z
  .object({
    id: z.string(),
    userAgent: z.string(),
    address: z.string(),
    startedAt: z.iso.datetime(),
    lastSeenAt: z.iso.datetime(),
    expiresAt: z.iso.datetime(),
    current: z.boolean().describe('the session that asks'),
  })
  .meta({ id: 'Session' });
type SessionView = z.infer<typeof SessionView>;
const SessionPage = pageOf(SessionView).meta({ id: 'SessionPage' });

const SessionParams = z.object({ sessionId: z.string().max(100) });
type SessionParams = z.infer<typeof SessionParams>;

@ApiTags('sessions')
@Controller()
export class SessionsController {
  constructor(private readonly sessions: SessionsService) {}

  @Post('auth/sign-in')
  @Public()
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiOperation({
    summary: 'Signs in with e-mail address and password; where two factors are asked for, this is the first',
  })
  @ApiOkResponse({ standardSchema: SignInAnswer })
  @Refuses(refusals.signInRefused, refusals.accountSuspended, refusals.tooManyAttempts, refusals.tooBusy)
  async signIn(
    @Body({ schema: SignIn }) { email, password }: SignIn,
    @Req() request: FastifyRequest,
  ): Promise<SignInAnswer> {
    return signInAnswerOf(await this.sessions.signIn(email, password, deviceOf(request)));
  }

  @Post('auth/refresh')
  @Public()
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Gives new tokens for a refresh token; using a spent one again ends the session' })
  @ApiOkResponse({ standardSchema: Tokens })
  @Refuses(refusals.refreshRefused)
  async refresh(
    @Body({ schema: RefreshBody }) { refreshToken }: RefreshBody,
    @Req() request: FastifyRequest,
  ): Promise<Tokens> {
    return tokensOf(await this.sessions.refresh(refreshToken, deviceOf(request)));
  }

  @Post('auth/sign-out')
  @Roles()
  @SignedInOnly()
  @HttpCode(204)
  @ApiOperation({ summary: 'Ends the session that asks' })
  @ApiNoContentResponse()
  @Refuses(refusals.sessionNotFound)
  async signOut(@Caller() caller: Caller): Promise<void> {
    await this.sessions.end(caller.id, caller.sessionId, 'signed-out');
  }

  @Post('auth/sign-out-everywhere')
  @Roles()
  @SignedInOnly()
  @HttpCode(204)
  @ApiOperation({ summary: 'Ends all sessions of the caller, this one among them; access tokens die within seconds' })
  @ApiNoContentResponse()
  async signOutEverywhere(@Caller() caller: Caller): Promise<void> {
    await this.sessions.endAll(caller.id, 'signed-out-everywhere');
  }

  @Get('me/sessions')
  @Roles()
  @SignedInOnly()
  @ApiOperation({ summary: 'Where the caller is signed in' })
  @ApiOkResponse({ standardSchema: SessionPage })
  async list(
    @Caller() caller: Caller,
    @Query({ schema: PageQuery }) query: PageQuery,
  ): Promise<z.infer<typeof SessionPage>> {
    const { items, ...page } = await this.sessions.list(caller.id, query);
    return { items: items.map((session) => viewOf(session, caller)), ...page };
  }

  @Delete('me/sessions/:sessionId')
  @Roles()
  @SignedInOnly()
  @HttpCode(204)
  @ApiOperation({ summary: 'Signs the caller out on another device' })
  @ApiNoContentResponse()
  @Refuses(refusals.sessionNotFound)
  async revoke(
    @Caller() caller: Caller,
    @Param({ schema: SessionParams }) { sessionId }: SessionParams,
  ): Promise<void> {
    await this.sessions.end(caller.id, sessionId, 'revoked');
  }
}

const viewOf = (session: Session, caller: Caller): SessionView => ({
  id: session.id,
  ...session.device,
  startedAt: session.startedAt.toISOString(),
  lastSeenAt: session.lastSeenAt.toISOString(),
  expiresAt: session.expiresAt.toISOString(),
  current: session.id === caller.sessionId,
});
