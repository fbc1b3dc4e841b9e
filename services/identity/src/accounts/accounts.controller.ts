import { Body, Controller, Get, Header, HttpCode, Post } from '@nestjs/common';
import { Caller, Public, Refuses, Roles } from '@lyceum/http';
import { ApiAcceptedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Purpose } from '@lyceum/contracts';
import { z } from 'zod';
import { NewPassword } from '../passwords/new-password.js';
import { CountsTokenGuesses } from '../attempts/token-guesses.js';
import { refusals } from '../refusals.js';
import { AccountsStore } from './accounts.store.js';
import { EmailAddress } from './email-address.js';
import { PersonName } from './person-name.js';
import { RegistrationService } from './registration.service.js';
import { User, userOf } from './views.js';

const Registration = z
  .strictObject({
    email: EmailAddress,
    password: NewPassword,
    firstName: PersonName,
    lastName: PersonName,
    role: z.enum(['STUDENT', 'INSTRUCTOR']),
    accepted: z
      .array(z.strictObject({ purpose: Purpose, version: z.string().min(1).max(100) }))
      .max(10)
      .optional()
      .describe('documents that were agreed to, in the versions that were read'),
  })
  .meta({ id: 'Registration' });
type Registration = z.infer<typeof Registration>;

const Token = z.strictObject({ token: z.string().min(1).max(200) }).meta({ id: 'VerificationToken' });
type Token = z.infer<typeof Token>;

const Address = z.strictObject({ email: EmailAddress }).meta({ id: 'ResendVerification' });
type Address = z.infer<typeof Address>;

const VerificationSent = z
  .object({ status: z.literal('verification-sent').describe('the same whether the address has an account or not') })
  .meta({ id: 'VerificationSent' });
const Verified = z.object({ status: z.literal('verified') }).meta({ id: 'Verified' });

@ApiTags('accounts')
@Controller()
export class AccountsController {
  constructor(
    private readonly registration: RegistrationService,
    private readonly accounts: AccountsStore,
  ) {}

  @Post('auth/register')
  @Public()
  @HttpCode(202)
  @ApiOperation({ summary: 'Opens an account; a mail to its address says how to go on' })
  @ApiAcceptedResponse({ standardSchema: VerificationSent })
  @Refuses(refusals.passwordRefused, refusals.documentOutdated, refusals.tooBusy)
  async register(@Body({ schema: Registration }) body: Registration): Promise<z.infer<typeof VerificationSent>> {
    await this.registration.register(body);
    return { status: 'verification-sent' };
  }

  @Post('auth/verify-email')
  @Public()
  @CountsTokenGuesses()
  @HttpCode(200)
  @ApiOperation({ summary: "Proves the address with the token of the mail's link; a token works once" })
  @ApiOkResponse({ standardSchema: Verified })
  @Refuses(refusals.verificationRefused)
  async verify(@Body({ schema: Token }) { token }: Token): Promise<z.infer<typeof Verified>> {
    await this.registration.prove(token);
    return { status: 'verified' };
  }

  @Post('auth/resend-verification')
  @Public()
  @HttpCode(202)
  @ApiOperation({ summary: 'Sends the link again, once a minute and five times a day at most' })
  @ApiAcceptedResponse({ standardSchema: VerificationSent })
  async resend(@Body({ schema: Address }) { email }: Address): Promise<z.infer<typeof VerificationSent>> {
    await this.registration.askForProof(email);
    return { status: 'verification-sent' };
  }

  @Get('me')
  @Roles()
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Who the caller is' })
  @ApiOkResponse({ standardSchema: User })
  @Refuses(refusals.accountNotFound)
  async me(@Caller() caller: Caller): Promise<User> {
    const account = await this.accounts.get(caller.id);
    if (!account) throw refusals.accountNotFound();
    return userOf(account);
  }
}
