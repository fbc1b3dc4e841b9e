import { Body, Controller, HttpCode, Post, Req } from '@nestjs/common';
import { Public, Refuses } from '@lyceum/http';
import { ApiAcceptedResponse, ApiNoContentResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { EmailAddress } from '../accounts/email-address.js';
import { NewPassword } from '../passwords/new-password.js';
import { CountsTokenGuesses } from '../attempts/token-guesses.js';
import { refusals } from '../refusals.js';
import { RecoveryService } from './recovery.service.js';

const Forgotten = z.strictObject({ email: EmailAddress }).meta({ id: 'ForgotPassword' });
type Forgotten = z.infer<typeof Forgotten>;

const Reset = z
  .strictObject({ token: z.string().min(1).max(200), newPassword: NewPassword })
  .meta({ id: 'ResetPassword' });
type Reset = z.infer<typeof Reset>;

const ResetSent = z
  .object({ status: z.literal('reset-sent').describe('the same whether the address has an account or not') })
  .meta({ id: 'ResetSent' });

@ApiTags('passwords')
@Controller('auth')
export class RecoveryController {
  constructor(private readonly recovery: RecoveryService) {}

  @Post('forgot-password')
  @Public()
  @HttpCode(202)
  @ApiOperation({ summary: 'Sends a link by which a forgotten password is replaced; it works once, for an hour' })
  @ApiAcceptedResponse({ standardSchema: ResetSent })
  @Refuses(refusals.tooManyAttempts)
  async forgot(
    @Body({ schema: Forgotten }) { email }: Forgotten,
    @Req() request: FastifyRequest,
  ): Promise<z.infer<typeof ResetSent>> {
    await this.recovery.ask(email, request.ip);
    return { status: 'reset-sent' };
  }

  @Post('reset-password')
  @Public()
  @CountsTokenGuesses()
  @HttpCode(204)
  @ApiOperation({ summary: "Sets a new password with the token of the mail's link; ends all sessions, begins none" })
  @ApiNoContentResponse()
  @Refuses(refusals.resetRefused, refusals.passwordRefused, refusals.tooBusy)
  async reset(@Body({ schema: Reset }) { token, newPassword }: Reset): Promise<void> {
    await this.recovery.reset(token, newPassword);
  }
}
