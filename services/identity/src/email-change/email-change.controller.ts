import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { Caller, Public, Refuses, Roles, StepUp } from '@lyceum/http';
import { ApiAcceptedResponse, ApiNoContentResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { EmailAddress } from '../accounts/email-address.js';
import { CountsTokenGuesses } from '../attempts/token-guesses.js';
import { refusals } from '../refusals.js';
import { EmailChangeService } from './email-change.service.js';

const NewEmail = z.strictObject({ newEmail: EmailAddress }).meta({ id: 'EmailChange' });
type NewEmail = z.infer<typeof NewEmail>;

const Token = z.strictObject({ token: z.string().min(1).max(200) }).meta({ id: 'EmailChangeToken' });
type Token = z.infer<typeof Token>;

const ConfirmationSent = z
  .object({ status: z.literal('confirmation-sent').describe('the same whether somebody has the address or not') })
  .meta({ id: 'ConfirmationSent' });

@ApiTags('accounts')
@Controller()
export class EmailChangeController {
  constructor(private readonly changes: EmailChangeService) {}

  @Post('me/email')
  @Roles()
  @StepUp({ withinMinutes: 10 })
  @HttpCode(202)
  @ApiOperation({
    summary: 'Asks for another e-mail address; mails to both addresses say how to go on, or how to stop it',
  })
  @ApiAcceptedResponse({ standardSchema: ConfirmationSent })
  @Refuses(refusals.accountNotFound, refusals.tooManyAttempts)
  async ask(
    @Caller() caller: Caller,
    @Body({ schema: NewEmail }) { newEmail }: NewEmail,
  ): Promise<z.infer<typeof ConfirmationSent>> {
    await this.changes.ask(caller.id, newEmail);
    return { status: 'confirmation-sent' };
  }

  @Post('auth/confirm-email-change')
  @Public()
  @CountsTokenGuesses()
  @HttpCode(204)
  @ApiOperation({ summary: 'Proves the new address with the token that was mailed to it' })
  @ApiNoContentResponse()
  @Refuses(refusals.emailChangeRefused)
  async confirm(@Body({ schema: Token }) { token }: Token): Promise<void> {
    await this.changes.confirm(token);
  }

  @Post('auth/stop-email-change')
  @Public()
  @CountsTokenGuesses()
  @HttpCode(204)
  @ApiOperation({
    summary: 'Stops the change with the token that was mailed to the old address, and ends all sessions',
  })
  @ApiNoContentResponse()
  @Refuses(refusals.emailChangeRefused)
  async stop(@Body({ schema: Token }) { token }: Token): Promise<void> {
    await this.changes.stop(token);
  }
}
