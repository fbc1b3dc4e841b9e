import { Body, Controller, Header, HttpCode, Post, Req } from '@nestjs/common';
import { Caller, Refuses, Roles, SignedInOnly } from '@lyceum/http';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { AssertionAnswer } from '../passkeys/answers.js';
import { refusals } from '../refusals.js';
import { RecoveryCode, TotpCode } from '../two-factor/code.js';
import { deviceOf } from './device.js';
import { StepUpService } from './step-up.service.js';
import { AccessTokenView, accessTokenOf } from './tokens.view.js';

const StepUpProof = z
  .union([
    z.strictObject({ password: z.string().min(1).max(1_000).describe('where no second factor is turned on') }),
    z.strictObject({ code: TotpCode }),
    z.strictObject({ recoveryCode: RecoveryCode }),
    z.strictObject({ passkey: AssertionAnswer }),
  ])
  .meta({ id: 'StepUpProof' });
type StepUpProof = z.infer<typeof StepUpProof>;

@ApiTags('sessions')
@Controller()
export class StepUpController {
  constructor(private readonly stepUps: StepUpService) {}

  @Post('auth/step-up')
  @Roles()
  @SignedInOnly()
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Proves once more who the caller is; the new access token of the session says so' })
  @ApiOkResponse({ standardSchema: AccessTokenView })
  @Refuses(
    refusals.currentPasswordWrong,
    refusals.noPasswordYet,
    refusals.codeRefused,
    refusals.passkeyRefused,
    refusals.secondFactorNeeded,
    refusals.accountSuspended,
    refusals.twoFactorNotOn,
    refusals.sessionNotFound,
    refusals.accountNotFound,
    refusals.tooManyAttempts,
    refusals.tooBusy,
  )
  async stepUp(
    @Caller() caller: Caller,
    @Body({ schema: StepUpProof }) proof: StepUpProof,
    @Req() request: FastifyRequest,
  ): Promise<AccessTokenView> {
    if ('password' in proof)
      return accessTokenOf(await this.stepUps.byPassword(caller, proof.password, deviceOf(request)));
    if ('passkey' in proof) return accessTokenOf(await this.stepUps.byPasskey(caller, proof.passkey));
    return accessTokenOf(await this.stepUps.byCode(caller, proof));
  }
}
