import { Injectable } from '@nestjs/common';
import { generateSecret, generateURI, verifySync } from 'otplib';
import { toBuffer, toString } from 'qrcode';
import { SecretsAtRest } from '../encryption/secrets-at-rest.js';
import type { RightCode } from './two-factor.js';

export interface Enrolment {
  readonly secret: string;
  readonly uri: string;
  /** As a data URI. */
  readonly qrPng: string;
  readonly qrSvg: string;
}

/** One step of RFC 6238, in seconds: clocks may differ by that much. */
const STEP = 30;

/** Makes and checks the codes of authenticator apps (RFC 6238: SHA-1, 6 digits, 30 s, as all of them do). */
@Injectable()
export class Authenticator {
  constructor(private readonly cipher: SecretsAtRest) {}

  /** A new secret: encrypted for the database, and in clear to be shown once. */
  async enrol({ id, email }: { id: string; email: string }): Promise<{ encrypted: string; shown: Enrolment }> {
    const secret = generateSecret({ length: 20 });
    const uri = generateURI({ issuer: 'Lyceum', label: email, secret });
    const [png, qrSvg] = await Promise.all([
      toBuffer(uri, { type: 'png', width: 280 }),
      toString(uri, { type: 'svg' }),
    ]);
    const qrPng = `data:image/png;base64,${png.toString('base64')}`;
    return { encrypted: this.cipher.encrypt(secret, contextOf(id)), shown: { secret, uri, qrPng, qrSvg } };
  }

  /** The time step that a code of six digits is right for, or undefined. */
  check(code: string, { id, secret }: { id: string; secret: string }, now: Date): RightCode | undefined {
    const epoch = Math.floor(now.getTime() / 1_000);
    const clear = this.cipher.decrypt(secret, contextOf(id));
    const result = verifySync({ secret: clear, token: code, epoch, epochTolerance: STEP });
    return result.valid && 'timeStep' in result ? { secret, step: result.timeStep } : undefined;
  }
}

/** What the secret of an account's app is bound to. */
export const contextOf = (accountId: string): string => `two-factor:${accountId}`;
