import { Injectable } from '@nestjs/common';
import { Clock } from '@lyceum/kernel';
import { Log } from '@lyceum/telemetry';
import type {
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
} from '@simplewebauthn/server';
import type { Account } from '../accounts/account.js';
import { AccountsStore } from '../accounts/accounts.store.js';
import { hashOf } from '../accounts/one-time-token.js';
import { refusals } from '../refusals.js';
import { WaysToSignIn } from '../external-sign-in/ways-to-sign-in.js';
import type { Method } from '../sessions/authentication.js';
import type { AssertionAnswer, AttestationAnswer } from './answers.js';
import {
  type ActivePasskey,
  MOST_PASSKEYS,
  add,
  isActive,
  isRepeated,
  ownedBy,
  remove,
  rename,
  suspect,
  use,
} from './passkey.js';
import { PasskeyChallengesStore } from './passkey-challenges.store.js';
import { PasskeysStore } from './passkeys.store.js';
import { WebAuthn, challengeUnverified, userHandleOf } from './web-authn.js';

@Injectable()
export class PasskeysService {
  constructor(
    private readonly passkeys: PasskeysStore,
    private readonly challenges: PasskeyChallengesStore,
    private readonly accounts: AccountsStore,
    private readonly webAuthn: WebAuthn,
    private readonly ways: WaysToSignIn,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  async beginAddition(accountId: string): Promise<PublicKeyCredentialCreationOptionsJSON> {
    const owner = await this.owner(accountId);
    const present = await this.passkeys.of(accountId);
    if (present.length >= MOST_PASSKEYS) throw refusals.tooManyPasskeys();
    const challenge = await this.challenges.issue({ kind: 'add', accountId });
    const credentials = present.map(({ state }) => state.credential);
    return this.webAuthn.additionOptions(owner, challenge, credentials);
  }

  /** Throws `identity.passkey-refused` for an answer to another challenge, origin or domain, and without recognition of the owner. */
  async add(accountId: string, name: string, answer: AttestationAnswer): Promise<ActivePasskey> {
    const owner = await this.owner(accountId);
    const challenge = challengeUnverified(answer);
    await this.challenges.spend(challenge, { kind: 'add', accountId });
    const attested = await this.webAuthn.addition(answer, challenge);
    const id = hashOf(attested.credential.id);
    const added = await this.passkeys.change(id, (current) =>
      add(current, { owner, id, name, ...attested }, this.clock.now()),
    );
    return ownedBy(accountId, added);
  }

  async beginProof(): Promise<PublicKeyCredentialRequestOptionsJSON> {
    return this.webAuthn.proofOptions(await this.challenges.issue({ kind: 'prove' }));
  }

  /** Whose passkey has answered, and what that shows. Throws `identity.passkey-refused`, whatever was wrong. */
  async prove(answer: AssertionAnswer): Promise<{ account: Account; shown: readonly Method[] }> {
    const challenge = challengeUnverified(answer);
    await this.challenges.spend(challenge, { kind: 'prove' });
    const passkey = await this.passkeys.get(hashOf(answer.id));
    if (!isActive(passkey)) throw refusals.passkeyRefused();
    if (answer.response.userHandle !== userHandleOf(passkey.accountId)) throw refusals.passkeyRefused();
    const account = await this.accounts.get(passkey.accountId);
    if (!account) throw refusals.passkeyRefused();
    const counter = await this.webAuthn.proof(answer, challenge, passkey.state.credential);
    await this.count(passkey.id, counter, account);
    const keeper = passkey.state.credential.kind === 'singleDevice' ? 'hwk' : 'swk';
    return { account, shown: [keeper, 'user', 'mfa'] }; // the device was had, and it recognised its owner
  }

  list(accountId: string): Promise<ActivePasskey[]> {
    return this.passkeys.of(accountId);
  }

  async rename(accountId: string, id: string, name: string): Promise<ActivePasskey> {
    return ownedBy(accountId, await this.passkeys.change(id, (current) => rename(current, accountId, name)));
  }

  /** Throws `identity.last-way-to-sign-in`. */
  async remove(accountId: string, id: string): Promise<void> {
    const owner = await this.owner(accountId);
    ownedBy(accountId, await this.passkeys.get(id));
    await this.ways.giveUpOne(owner, id, async () => {
      await this.passkeys.change(id, (current) => remove(current, owner, this.clock.now()));
    });
  }

  private async count(id: string, counter: number, owner: Account): Promise<void> {
    let repeated = false;
    await this.passkeys.change(id, (current) => {
      if (!isActive(current)) throw refusals.passkeyRefused();
      repeated = isRepeated(current, counter);
      return repeated ? suspect(current, owner, this.clock.now()) : use(current, counter, this.clock.now());
    });
    if (!repeated) return;
    this.log.warn('the counter of a passkey went back: there may be a copy of it', { userId: owner.id, passkeyId: id });
    throw refusals.passkeyRefused();
  }

  private async owner(accountId: string): Promise<Account> {
    const account = await this.accounts.get(accountId);
    if (!account) throw refusals.accountNotFound();
    return account;
  }
}
