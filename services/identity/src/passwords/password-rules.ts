import { Injectable } from '@nestjs/common';
import { refusals } from '../refusals.js';
import { type PasswordContext, weaknessOf } from './password-policy.js';

/** What a new password must be like, wherever one is chosen. */
@Injectable()
export class PasswordRules {
  /** Throws `identity.password-refused`, with the reason for the person who chose it. */
  async check(password: string, context: PasswordContext): Promise<void> {
    const weakness = weaknessOf(password, context);
    if (weakness) throw refusals.passwordRefused(weakness, { errors: [{ path: 'password', message: weakness }] });
  }
}
