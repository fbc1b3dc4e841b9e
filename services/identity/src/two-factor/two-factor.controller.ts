import { Body, Controller, Delete, Get, Header, HttpCode, Post, Req } from '@nestjs/common';
import { Caller, Public, Refuses, Roles, SignedInOnly, StepUp } from '@lyceum/http';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { refusals } from '../refusals.js';
import { deviceOf } from '../sessions/device.js';
import { Tokens, tokensOf } from '../sessions/tokens.view.js';
import { RecoveryCode, TotpCode } from './code.js';
import { TwoFactorSignInService } from './two-factor-sign-in.service.js';
import type { TwoFactorState } from './two-factor.js';
import { TwoFactorService } from './two-factor.service.js';

const TwoFactorView = z
  .object({
    status: z.enum(['off', 'pending', 'on']),
    since: z.iso.datetime().optional(),
    recoveryCodesLeft: z.int().optional(),
  })
  .meta({ id: 'TwoFactor' });
type TwoFactorView = z.infer<typeof TwoFactorView>;

const EnrolmentView = z
  .object({
    secret: z.string().describe('base32, to be typed where nothing can be scanned'),
    uri: z.string().describe('otpauth URI'),
    qrPng: z.string().describe('the URI as a picture: a data URI'),
    qrSvg: z.string().describe('the URI as an SVG document'),
  })
  .meta({ id: 'TwoFactorEnrolment' });
type EnrolmentView = z.infer<typeof EnrolmentView>;

const RecoveryCodes = z
  .object({ recoveryCodes: z.array(z.string()).describe('each works once; they are not shown again') })
  .meta({ id: 'RecoveryCodes' });
type RecoveryCodes = z.infer<typeof RecoveryCodes>;

const Confirmation = z.strictObject({ code: TotpCode }).meta({ id: 'TwoFactorConfirmation' });
type Confirmation = z.infer<typeof Confirmation>;

const challenge = z.string().min(1).max(200);
const SecondStep = z
  .union([z.strictObject({ challenge, code: TotpCode }), z.strictObject({ challenge, recoveryCode: RecoveryCode })])
  .meta({ id: 'TwoFactorSignIn' });
type SecondStep = z.infer<typeof SecondStep>;

@ApiTags('two-factor')
@Controller()
export class TwoFactorController {
  constructor(
    private readonly twoFactors: TwoFactorService,
    private readonly signIns: TwoFactorSignInService,
  ) {}

  @Post('auth/two-factor')
  @Public()
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'The second step of signing in, where it is asked for' })
  @ApiOkResponse({ standardSchema: Tokens })
  @Refuses(
    refusals.challengeRefused,
    refusals.codeRefused,
    refusals.accountSuspended,
    refusals.twoFactorNotOn,
    refusals.tooManyAttempts,
  )
  async signIn(@Body({ schema: SecondStep }) step: SecondStep, @Req() request: FastifyRequest): Promise<Tokens> {
    return tokensOf(await this.signIns.complete(step.challenge, step, deviceOf(request)));
  }

  @Get('me/two-factor')
  @Roles()
  @SignedInOnly()
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Whether a second factor is asked for when the caller signs in' })
  @ApiOkResponse({ standardSchema: TwoFactorView })
  @Refuses(refusals.accountNotFound)
  async show(@Caller() caller: Caller): Promise<TwoFactorView> {
    return viewOf(await this.twoFactors.stateOf(caller.id));
  }

  @Post('me/two-factor')
  @Roles()
  @StepUp({ withinMinutes: 10 })
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'A secret for an authenticator app; it counts once a code of it has been confirmed' })
  @ApiCreatedResponse({ standardSchema: EnrolmentView })
  @Refuses(refusals.twoFactorAlreadyOn, refusals.accountNotFound)
  enrol(@Caller() caller: Caller): Promise<EnrolmentView> {
    return this.twoFactors.enrol(caller.id);
  }

  @Post('me/two-factor/confirm')
  @Roles()
  @StepUp({ withinMinutes: 30 })
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Turns two-factor sign-in on, and shows the recovery codes' })
  @ApiOkResponse({ standardSchema: RecoveryCodes })
  @Refuses(
    refusals.codeRefused,
    refusals.twoFactorNotBegun,
    refusals.twoFactorAlreadyOn,
    refusals.accountNotFound,
    refusals.tooManyAttempts,
  )
  async confirm(
    @Caller() caller: Caller,
    @Body({ schema: Confirmation }) { code }: Confirmation,
  ): Promise<RecoveryCodes> {
    return { recoveryCodes: await this.twoFactors.confirm(caller.id, code) };
  }

  @Post('me/two-factor/recovery-codes')
  @Roles()
  @StepUp({ withinMinutes: 10, level: 'aal2' })
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'New recovery codes; those before stop working' })
  @ApiOkResponse({ standardSchema: RecoveryCodes })
  @Refuses(refusals.twoFactorNotOn, refusals.accountNotFound)
  async renew(@Caller() caller: Caller): Promise<RecoveryCodes> {
    return { recoveryCodes: await this.twoFactors.renewRecoveryCodes(caller.id) };
  }

  @Delete('me/two-factor')
  @Roles()
  @StepUp({ withinMinutes: 10, level: 'aal2' })
  @HttpCode(204)
  @ApiOperation({ summary: 'Turns two-factor sign-in off' })
  @ApiNoContentResponse()
  @Refuses(refusals.twoFactorNotOn, refusals.accountNotFound)
  turnOff(@Caller() caller: Caller): Promise<void> {
    return this.twoFactors.turnOff(caller.id);
  }
}

function viewOf(state: TwoFactorState): TwoFactorView {
  if (state.status === 'pending') return { status: 'pending' };
  const since = state.since.toISOString();
  if (state.status === 'off') return { status: 'off', since };
  return { status: 'on', since, recoveryCodesLeft: state.recoveryHashes.length };
}
