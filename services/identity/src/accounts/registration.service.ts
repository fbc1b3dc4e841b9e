import { setTimeout } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Clock, newId } from '@lyceum/kernel';
import { DuplicateKey } from '@lyceum/store';
import { ConsentsService } from '../consents/consents.service.js';
import { PasswordHasher } from '../passwords/password-hasher.js';
import { PasswordRules } from '../passwords/password-rules.js';
import { refusals } from '../refusals.js';
import { type Registration, askForProof, prove, register, repeatRegistration } from './account.js';
import { AccountsStore } from './accounts.store.js';
import { hashOf, isOneTimeToken } from './one-time-token.js';
import { ProofTokens } from './proof-tokens.js';
import { SAME_TIME_FOR_ALL } from './same-time.js';

export type Applicant = Omit<Registration, 'id' | 'passwordHash' | 'role'> & {
  readonly password: string;
  readonly role: 'STUDENT' | 'INSTRUCTOR';
};

@Injectable()
export class RegistrationService {
  constructor(
    private readonly accounts: AccountsStore,
    private readonly hasher: PasswordHasher,
    private readonly rules: PasswordRules,
    private readonly tokens: ProofTokens,
    private readonly consents: ConsentsService,
    private readonly clock: Clock,
  ) {}

  /**
   * Opens an account, or tells the owner of the one that has the address. The caller cannot tell which: the answer is the same,
   * so is the work (one look-up, one password hash, one sealed token, one write), and what is left of a difference in time is
   * waited away.
   */
  async register({ password, ...applicant }: Applicant): Promise<void> {
    this.consents.check(applicant.accepted);
    await this.rules.check(password, applicant);
    await Promise.all([this.hasher.admit(() => this.open(applicant, password)), setTimeout(SAME_TIME_FOR_ALL)]);
  }

  /** Sends the owner another link if one is needed. Neither the answer nor its time tells the caller whether one is. */
  async askForProof(email: string): Promise<void> {
    await Promise.all([this.sendProof(email), setTimeout(SAME_TIME_FOR_ALL)]);
  }

  async prove(token: string): Promise<void> {
    const tokenHash = hashOf(token);
    const account = isOneTimeToken(token) ? await this.accounts.byProof(tokenHash) : undefined;
    if (!account) throw refusals.verificationRefused();
    await this.accounts.change(account.id, (current) => prove(current ?? account, tokenHash, this.clock.now()));
  }

  private async sendProof(email: string): Promise<void> {
    const token = await this.tokens.make();
    const account = await this.accounts.byEmail(email);
    if (!account) return;
    await this.accounts.change(account.id, (current) => askForProof(current ?? account, token, this.clock.now()));
  }

  private async open(applicant: Omit<Applicant, 'password'>, password: string): Promise<void> {
    const existing = await this.accounts.byEmail(applicant.email);
    const [passwordHash, token] = await Promise.all([this.hasher.hash(password), this.tokens.make()]);
    if (existing) return this.repeat(existing.id);
    const id = newId();
    try {
      await this.accounts.change(id, () => register({ ...applicant, id, passwordHash }, token, this.clock.now()));
    } catch (error) {
      if (!(error instanceof DuplicateKey)) throw error;
      const faster = await this.accounts.byEmail(applicant.email);
      if (faster) await this.repeat(faster.id);
    }
  }

  private async repeat(id: string): Promise<void> {
    await this.accounts.change(id, (current) => {
      if (!current) throw refusals.accountNotFound();
      return repeatRegistration(current, this.clock.now());
    });
  }
}
