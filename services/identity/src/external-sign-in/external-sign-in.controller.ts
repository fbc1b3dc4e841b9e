import { Body, Controller, Get, Header, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { Public, Refuses } from '@lyceum/http';
import { Refusal } from '@lyceum/kernel';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { show } from '../pages/page.js';
import { refusals } from '../refusals.js';
import { deviceOf } from '../sessions/device.js';
import { SignInAnswer, signInAnswerOf } from '../sessions/tokens.view.js';
import { linkedPage, provenPage, refusedPage } from './external-sign-in.page.js';
import { type Ended, ExternalSignInService, type Result } from './external-sign-in.service.js';
import { OpenIdProviders } from './open-id-providers.js';
import type { Provider } from './provider.js';
import { withOutcome } from './return-address.js';
import { AuthorizationUrl, ProviderParams, ReturnTo } from './requests.js';

const ProviderView = z.object({ id: z.string(), name: z.string() }).meta({ id: 'ExternalProvider' });
const ProviderList = z.object({ items: z.array(ProviderView) }).meta({ id: 'ExternalProviderList' });
type ProviderList = z.infer<typeof ProviderList>;

const BeginSignIn = z
  .strictObject({
    returnTo: ReturnTo,
    reauthenticate: z
      .boolean()
      .default(false)
      .describe(
        'the provider asks its user to prove it anew: for what needs a fresh proof, where there is no password',
      ),
  })
  .meta({ id: 'BeginExternalSignIn' });
type BeginSignIn = z.infer<typeof BeginSignIn>;

const Code = z
  .strictObject({ code: z.string().min(1).max(200).describe('`external_code` of the return address') })
  .meta({ id: 'ExternalSignInCode' });
type Code = z.infer<typeof Code>;

// a provider, or whoever pretends to be one, may send what it likes: people see a page all the same
const Callback = z.looseObject({ state: z.string().max(200).catch('') });
type Callback = z.infer<typeof Callback>;

@ApiTags('external sign-in')
@Controller('auth')
export class ExternalSignInController {
  constructor(
    private readonly providers: OpenIdProviders,
    private readonly signIns: ExternalSignInService,
  ) {}

  @Get('providers')
  @Public()
  @ApiOperation({ summary: 'With which other accounts one can sign in' })
  @ApiOkResponse({ standardSchema: ProviderList })
  list(): ProviderList {
    return { items: this.providers.list().map(({ id, name }) => ({ id, name })) };
  }

  @Post('external/:provider/begin')
  @Public()
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiOperation({
    summary: 'Where to send the browser to sign in at a provider; sets a cookie that it must come back with',
  })
  @ApiOkResponse({ standardSchema: AuthorizationUrl })
  @Refuses(refusals.providerNotFound, refusals.providerUnavailable, refusals.returnAddressRefused)
  async begin(
    @Param({ schema: ProviderParams }) { provider }: ProviderParams,
    @Body({ schema: BeginSignIn }) wish: BeginSignIn,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AuthorizationUrl> {
    const { authorizationUrl, setCookie } = await this.signIns.begin(provider, wish, { kind: 'sign-in' });
    void reply.header('set-cookie', setCookie);
    return { authorizationUrl };
  }

  @Get('external/:provider/callback')
  @Public()
  @ApiOperation({
    summary:
      'Where providers send browsers back to; goes on to the return address with `external_code`, `external_linked` or `external_error`',
  })
  @ApiProduces('text/html')
  @ApiOkResponse({ schema: { type: 'string' } })
  @ApiResponse({ status: 303, description: 'on to the return address' })
  async callback(
    @Param({ schema: ProviderParams }) { provider }: ProviderParams,
    @Query({ schema: Callback }) { state }: Callback,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const [, ...query] = request.url.split('?');
    const came = { state, query: `?${query.join('?')}`, cookies: request.headers.cookie };
    try {
      goOn(reply, await this.signIns.end(provider, came));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      show(reply, error.status, refusedPage(error.message));
    }
  }

  @Post('external/exchange')
  @Public()
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'The tokens for the code that the return address was given, in the same browser' })
  @ApiOkResponse({ standardSchema: SignInAnswer })
  @Refuses(refusals.externalCodeRefused, refusals.signInRefused)
  async exchange(
    @Body({ schema: Code }) { code }: Code,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SignInAnswer> {
    const { admitted, setCookie } = await this.signIns.exchange(code, request.headers.cookie, deviceOf(request));
    void reply.header('set-cookie', setCookie);
    return signInAnswerOf(admitted);
  }
}

function outcomeOf({ id }: Provider, result: Result): Record<string, string> {
  if (result.kind === 'proven') return { external_code: result.code };
  return result.kind === 'linked' ? { external_linked: id } : { external_error: result.refusal.code };
}

function goOn(reply: FastifyReply, { returnTo, provider, result, setCookie }: Ended): void {
  if (setCookie !== undefined) void reply.header('set-cookie', setCookie);
  if (returnTo === undefined) {
    if (result.kind === 'proven') return show(reply, 200, provenPage(provider.name, result.code));
    if (result.kind === 'linked') return show(reply, 200, linkedPage(provider.name));
    return show(reply, result.refusal.status, refusedPage(result.refusal.message));
  }
  void reply
    .code(303)
    .headers({
      location: withOutcome(returnTo, outcomeOf(provider, result)),
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
    })
    .send();
}
