import { Body, Controller, Delete, Get, Header, HttpCode, Param, Post, Res } from '@nestjs/common';
import { Caller, Refuses, Roles, StepUp, VerifiedRoles } from '@lyceum/http';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { refusals } from '../refusals.js';
import { ExternalIdentitiesService } from './external-identities.service.js';
import type { LinkedIdentity } from './external-identity.js';
import { ExternalSignInService } from './external-sign-in.service.js';
import { OpenIdProviders } from './open-id-providers.js';
import { AuthorizationUrl, ProviderParams, ReturnTo } from './requests.js';

const BeginLinking = z.strictObject({ returnTo: ReturnTo }).meta({ id: 'BeginLinking' });
type BeginLinking = z.infer<typeof BeginLinking>;
const IdentityParams = z.object({ identityId: z.string().max(100) });
type IdentityParams = z.infer<typeof IdentityParams>;

const IdentityView = z
  .object({
    id: z.string(),
    provider: z.object({ id: z.string(), name: z.string() }),
    linkedAt: z.iso.datetime(),
    lastUsedAt: z.iso.datetime().optional(),
  })
  .meta({ id: 'ExternalIdentity' });
type IdentityView = z.infer<typeof IdentityView>;
const IdentityList = z.object({ items: z.array(IdentityView) }).meta({ id: 'ExternalIdentityList' });
type IdentityList = z.infer<typeof IdentityList>;

@ApiTags('external sign-in')
@Controller('me/external-identities')
export class ExternalIdentitiesController {
  constructor(
    private readonly identities: ExternalIdentitiesService,
    private readonly signIns: ExternalSignInService,
    private readonly providers: OpenIdProviders,
  ) {}

  // with a proven address: else who has registered somebody else's could keep a way in when its owner comes
  @Post(':provider/begin')
  @VerifiedRoles()
  @StepUp({ withinMinutes: 10 })
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: "Where to send the browser to link an account at a provider to the caller's" })
  @ApiOkResponse({ standardSchema: AuthorizationUrl })
  @Refuses(refusals.providerNotFound, refusals.providerUnavailable, refusals.returnAddressRefused)
  async begin(
    @Caller() caller: Caller,
    @Param({ schema: ProviderParams }) { provider }: ProviderParams,
    @Body({ schema: BeginLinking }) { returnTo }: BeginLinking,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AuthorizationUrl> {
    const purpose = { kind: 'link', accountId: caller.id, sessionId: caller.sessionId } as const;
    const begun = await this.signIns.begin(provider, { returnTo, reauthenticate: false }, purpose);
    void reply.header('set-cookie', begun.setCookie);
    return { authorizationUrl: begun.authorizationUrl };
  }

  @Get()
  @Roles()
  @ApiOperation({ summary: 'With which accounts at providers the caller can sign in' })
  @ApiOkResponse({ standardSchema: IdentityList })
  async list(@Caller() caller: Caller): Promise<IdentityList> {
    return { items: (await this.identities.list(caller.id)).map((identity) => this.viewOf(identity)) };
  }

  @Delete(':identityId')
  @Roles()
  @StepUp({ withinMinutes: 10 })
  @HttpCode(204)
  @ApiOperation({ summary: 'Unlinks one, unless it is the last way to sign in' })
  @ApiNoContentResponse()
  @Refuses(refusals.externalIdentityNotFound, refusals.lastWayToSignIn, refusals.accountNotFound)
  unlink(@Caller() caller: Caller, @Param({ schema: IdentityParams }) { identityId }: IdentityParams): Promise<void> {
    return this.identities.unlink(caller.id, identityId);
  }

  private viewOf({ id, provider, state }: LinkedIdentity): IdentityView {
    return {
      id,
      provider: { id: provider, name: this.providers.nameOf(provider) },
      linkedAt: state.since.toISOString(),
      ...(state.lastUsedAt ? { lastUsedAt: state.lastUsedAt.toISOString() } : {}),
    };
  }
}
