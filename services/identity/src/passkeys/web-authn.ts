import { Inject, Injectable } from '@nestjs/common';
import { CONFIG } from '@lyceum/host';
import { Log } from '@lyceum/telemetry';
import {
  type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialRequestOptionsJSON,
  generateAuthenticationOptions,
  generateRegistrationOptions,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server';
import { z } from 'zod';
import type { Config } from '../config.js';
import { refusals } from '../refusals.js';
import type { AssertionAnswer, AttestationAnswer } from './answers.js';
import type { Credential, Owner } from './passkey.js';
import { ANSWER_WITHIN } from './passkey-challenge.js';

const ALGORITHMS = [-8, -7, -257]; // EdDSA, ES256, RS256
const ClientData = z.object({ challenge: z.string().min(1).max(200) });

/** WebAuthn level 2 for one relying party: which origins may ask, and for which domain keys are made. */
@Injectable()
export class WebAuthn {
  private readonly rpID: string;
  private readonly origins: string[];

  constructor(
    private readonly log: Log,
    @Inject(CONFIG) config: Config,
  ) {
    const { hostname, origin } = new URL(config.PUBLIC_URL);
    this.rpID = config.WEBAUTHN_RP_ID ?? hostname;
    this.origins = config.WEBAUTHN_ORIGINS ?? [origin];
  }

  /** Asks for a key that the device can find by itself, and that it uses only after it has recognised its owner. */
  additionOptions(
    owner: Owner,
    challenge: string,
    present: readonly Credential[],
  ): Promise<PublicKeyCredentialCreationOptionsJSON> {
    return generateRegistrationOptions({
      rpName: 'Lyceum',
      rpID: this.rpID,
      userName: owner.email,
      userDisplayName: owner.firstName,
      userID: new TextEncoder().encode(owner.id),
      challenge: bytesOf(challenge),
      timeout: ANSWER_WITHIN,
      attestationType: 'none',
      excludeCredentials: present.map(({ id, transports }) => ({ id, transports: [...transports] })),
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
      supportedAlgorithmIDs: ALGORITHMS,
    });
  }

  proofOptions(challenge: string): Promise<PublicKeyCredentialRequestOptionsJSON> {
    return generateAuthenticationOptions({
      rpID: this.rpID,
      challenge: bytesOf(challenge),
      timeout: ANSWER_WITHIN,
      userVerification: 'required',
    });
  }

  /** Throws `identity.passkey-refused`. */
  async addition(answer: AttestationAnswer, challenge: string): Promise<{ credential: Credential; counter: number }> {
    const { verified, registrationInfo } = await this.orRefuse(() =>
      verifyRegistrationResponse({
        ...this.expected(challenge),
        expectedRPID: this.rpID,
        response: { ...answer, clientExtensionResults: {} },
        supportedAlgorithmIDs: ALGORITHMS,
      }),
    );
    if (!verified) throw refusals.passkeyRefused();
    const { credential, credentialDeviceType: kind } = registrationInfo;
    const publicKey = Buffer.from(credential.publicKey).toString('base64url');
    const { transports } = answer.response;
    return { credential: { id: credential.id, publicKey, transports, kind }, counter: credential.counter };
  }

  /** The signature counter of an answer that is good otherwise. Throws `identity.passkey-refused`. */
  async proof(answer: AssertionAnswer, challenge: string, { id, publicKey }: Credential): Promise<number> {
    const { verified, authenticationInfo } = await this.orRefuse(() =>
      verifyAuthenticationResponse({
        ...this.expected(challenge),
        expectedRPID: this.rpID,
        response: { ...answer, clientExtensionResults: {} },
        credential: { id, publicKey: bytesOf(publicKey), counter: 0 }, // the counter is looked at where it is stored
      }),
    );
    if (!verified) throw refusals.passkeyRefused();
    return authenticationInfo.newCounter;
  }

  private expected(expectedChallenge: string) {
    return { expectedChallenge, expectedOrigin: this.origins, requireUserVerification: true };
  }

  /** The library throws for whatever is wrong with an answer; it calls nothing that could fail otherwise. */
  private async orRefuse<T>(verify: () => Promise<T>): Promise<T> {
    try {
      return await verify();
    } catch (error) {
      this.log.info('passkey refused', { reason: error instanceof Error ? error.message : 'unknown' });
      throw refusals.passkeyRefused();
    }
  }
}

/** The challenge that an answer says it signs: to be believed only once the signature has been verified. */
export function challengeUnverified({ response }: AttestationAnswer | AssertionAnswer): string {
  try {
    return ClientData.parse(JSON.parse(Buffer.from(response.clientDataJSON, 'base64url').toString())).challenge;
  } catch {
    throw refusals.passkeyRefused();
  }
}

/** How an account is named to its authenticators. */
export const userHandleOf = (accountId: string): string => Buffer.from(accountId).toString('base64url');

const bytesOf = (base64url: string) => new Uint8Array(Buffer.from(base64url, 'base64url'));
