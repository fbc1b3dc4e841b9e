import { Body, Controller, Delete, Get, Header, HttpCode, Param, Patch, Post, Req } from '@nestjs/common';
import { Caller, Public, Refuses, Roles, SignedInOnly, StepUp } from '@lyceum/http';
import { Clock } from '@lyceum/kernel';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { refusals } from '../refusals.js';
import { deviceOf } from '../sessions/device.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { Tokens, tokensOf } from '../sessions/tokens.view.js';
import { AssertionAnswer, AttestationAnswer } from './answers.js';
import type { ActivePasskey } from './passkey.js';
import { PasskeysService } from './passkeys.service.js';

const Options = z.looseObject({ challenge: z.string() }).meta({
  id: 'PasskeyOptions',
  description: 'for parseCreationOptionsFromJSON or parseRequestOptionsFromJSON in a browser',
});
type Options = z.infer<typeof Options>;

const Name = z.string().trim().min(1).max(100);
const NewPasskey = z.strictObject({ name: Name, answer: AttestationAnswer }).meta({ id: 'NewPasskey' });
type NewPasskey = z.infer<typeof NewPasskey>;
const PasskeyName = z.strictObject({ name: Name }).meta({ id: 'PasskeyName' });
type PasskeyName = z.infer<typeof PasskeyName>;
const PasskeySignIn = z.strictObject({ answer: AssertionAnswer }).meta({ id: 'PasskeySignIn' });
type PasskeySignIn = z.infer<typeof PasskeySignIn>;
const PasskeyParams = z.object({ passkeyId: z.string().max(100) });
type PasskeyParams = z.infer<typeof PasskeyParams>;

const PasskeyView = z
  .object({
    id: z.string(),
    name: z.string(),
    synchronised: z.boolean().describe('kept by an account of the device’s maker, on several devices'),
    addedAt: z.iso.datetime(),
    lastUsedAt: z.iso.datetime().optional(),
  })
  .meta({ id: 'Passkey' });
type PasskeyView = z.infer<typeof PasskeyView>;
const PasskeyList = z.object({ items: z.array(PasskeyView) }).meta({ id: 'PasskeyList' });
type PasskeyList = z.infer<typeof PasskeyList>;

@ApiTags('passkeys')
@Controller()
export class PasskeysController {
  constructor(
    private readonly passkeys: PasskeysService,
    private readonly sessions: SessionsService,
    private readonly clock: Clock,
  ) {}

  @Post('auth/passkey/options')
  @Public()
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'What to ask an authenticator, to sign in or to step up by passkey' })
  @ApiOkResponse({ standardSchema: Options })
  async proofOptions(): Promise<Options> {
    return { ...(await this.passkeys.beginProof()) };
  }

  @Post('auth/passkey')
  @Public()
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Signs in by passkey, which counts as two factors' })
  @ApiOkResponse({ standardSchema: Tokens })
  @Refuses(refusals.passkeyRefused, refusals.accountSuspended)
  async signIn(
    @Body({ schema: PasskeySignIn }) { answer }: PasskeySignIn,
    @Req() request: FastifyRequest,
  ): Promise<Tokens> {
    const { account, shown } = await this.passkeys.prove(answer);
    return tokensOf(await this.sessions.open(account, { at: this.clock.now(), methods: shown }, deviceOf(request)));
  }

  @Post('me/passkeys/options')
  @Roles()
  @StepUp({ withinMinutes: 10 })
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'What to ask an authenticator for a new passkey' })
  @ApiOkResponse({ standardSchema: Options })
  @Refuses(refusals.tooManyPasskeys, refusals.accountNotFound)
  async additionOptions(@Caller() caller: Caller): Promise<Options> {
    return { ...(await this.passkeys.beginAddition(caller.id)) };
  }

  @Post('me/passkeys')
  @Roles()
  @StepUp({ withinMinutes: 30 })
  @ApiOperation({ summary: 'Adds a passkey with the answer of the authenticator' })
  @ApiCreatedResponse({ standardSchema: PasskeyView })
  @Refuses(refusals.passkeyRefused, refusals.accountNotFound)
  async add(
    @Caller() caller: Caller,
    @Body({ schema: NewPasskey }) { name, answer }: NewPasskey,
  ): Promise<PasskeyView> {
    return viewOf(await this.passkeys.add(caller.id, name, answer));
  }

  @Get('me/passkeys')
  @Roles()
  @SignedInOnly()
  @ApiOperation({ summary: "The caller's passkeys" })
  @ApiOkResponse({ standardSchema: PasskeyList })
  async list(@Caller() caller: Caller): Promise<PasskeyList> {
    return { items: (await this.passkeys.list(caller.id)).map(viewOf) };
  }

  @Patch('me/passkeys/:passkeyId')
  @Roles()
  @SignedInOnly()
  @ApiOperation({ summary: 'Gives a passkey another name' })
  @ApiOkResponse({ standardSchema: PasskeyView })
  @Refuses(refusals.passkeyNotFound)
  async rename(
    @Caller() caller: Caller,
    @Param({ schema: PasskeyParams }) { passkeyId }: PasskeyParams,
    @Body({ schema: PasskeyName }) { name }: PasskeyName,
  ): Promise<PasskeyView> {
    return viewOf(await this.passkeys.rename(caller.id, passkeyId, name));
  }

  @Delete('me/passkeys/:passkeyId')
  @Roles()
  @StepUp({ withinMinutes: 10 })
  @HttpCode(204)
  @ApiOperation({ summary: 'Removes a passkey: it signs nobody in any more' })
  @ApiNoContentResponse()
  @Refuses(refusals.passkeyNotFound, refusals.lastWayToSignIn, refusals.accountNotFound)
  remove(@Caller() caller: Caller, @Param({ schema: PasskeyParams }) { passkeyId }: PasskeyParams): Promise<void> {
    return this.passkeys.remove(caller.id, passkeyId);
  }
}

const viewOf = ({ id, name, addedAt, state }: ActivePasskey): PasskeyView => ({
  id,
  name,
  synchronised: state.credential.kind === 'multiDevice',
  addedAt: addedAt.toISOString(),
  ...(state.lastUsedAt ? { lastUsedAt: state.lastUsedAt.toISOString() } : {}),
});
