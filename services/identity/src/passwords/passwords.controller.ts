import { Body, Controller, HttpCode, Post, Req } from '@nestjs/common';
import { Caller, Refuses, Roles, SignedInOnly } from '@lyceum/http';
import { ApiNoContentResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { refusals } from '../refusals.js';
import { NewPassword } from './new-password.js';
import { PasswordChangeService } from './password-change.service.js';

const PasswordChange = z
  .strictObject({ currentPassword: z.string().min(1).max(1_000), newPassword: NewPassword })
  .meta({ id: 'PasswordChange' });
type PasswordChange = z.infer<typeof PasswordChange>;

@ApiTags('passwords')
@Controller('me/password')
export class PasswordsController {
  constructor(private readonly passwords: PasswordChangeService) {}

  @Post()
  @Roles()
  @SignedInOnly()
  @HttpCode(204)
  @ApiOperation({ summary: "Changes the caller's password; all other sessions end" })
  @ApiNoContentResponse()
  @Refuses(
    refusals.accountNotFound,
    refusals.currentPasswordWrong,
    refusals.noPasswordYet,
    refusals.passwordRefused,
    refusals.tooManyAttempts,
    refusals.tooBusy,
  )
  async change(
    @Caller() caller: Caller,
    @Body({ schema: PasswordChange }) { currentPassword, newPassword }: PasswordChange,
    @Req() request: FastifyRequest,
  ): Promise<void> {
    const asker = { accountId: caller.id, sessionId: caller.sessionId, address: request.ip };
    await this.passwords.change(asker, currentPassword, newPassword);
  }
}
