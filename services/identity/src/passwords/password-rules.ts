import { Injectable } from '@nestjs/common';
import { refusals } from '../refusals.js';
import { BreachedPasswords } from './breached-passwords.js';
import { type PasswordContext, weaknessOf } from './password-policy.js';

/** What a new password must be like, wherever one is chosen. */
@Injectable()
export class PasswordRules {
  constructor(private readonly breached: BreachedPasswords) {}

  /** Throws `identity.password-refused`, with the reason for the person who chose it. */
  async check(password: string, context: PasswordContext): Promise<void> {
    const weakness = weaknessOf(password, context) ?? (await this.exposureOf(password));
    if (weakness) throw refusals.passwordRefused(weakness, { errors: [{ path: 'password', message: weakness }] });
  }

  private async exposureOf(password: string): Promise<string | undefined> {
    return (await this.breached.include(password)) ? 'It is known from a data breach of another site' : undefined;
  }
}
