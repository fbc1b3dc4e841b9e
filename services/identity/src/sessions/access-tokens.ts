import type { Role } from '@lyceum/contracts';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG } from '@lyceum/host';
import { ACCESS_TOKEN_TYPE } from '@lyceum/http';
import { Clock, newId } from '@lyceum/kernel';
import { type JWTPayload, SignJWT } from 'jose';
import { type Account, isVerified } from '../accounts/account.js';
import type { Config } from '../config.js';
import { ALGORITHM, SigningKeys } from '../keys/signing-keys.js';
import { levelOf } from './authentication.js';
import type { Session } from './session.js';

export interface AccessToken {
  readonly accessToken: string;
  /** In seconds. */
  readonly expiresIn: number;
}

/** What a program that acts for somebody may do. */
export interface Limits {
  /** Stands for a session: when it is told to have ended, the token is void. */
  readonly sessionId: string;
  readonly roles: readonly Role[];
  readonly scopes: readonly string[];
  /** In seconds. */
  readonly expiresIn: number;
}

/** Signs access tokens (RFC 9068): what every service believes about a caller until the token expires. */
@Injectable()
export class AccessTokens {
  constructor(
    private readonly keys: SigningKeys,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  sign(account: Account, { id, authentication }: Session): Promise<AccessToken> {
    const claims = {
      sid: id,
      roles: [...account.roles],
      email_verified: isVerified(account),
      auth_time: Math.floor(authentication.at.getTime() / 1_000),
      amr: [...authentication.methods],
      acr: levelOf(authentication),
    };
    return this.signed(account, claims, this.config.ACCESS_TOKEN_TTL_SECONDS);
  }

  /** For a program that acts for the owner of the account: it says nothing of how they have proven who they are. */
  signLimited(account: Account, { sessionId, roles, scopes, expiresIn }: Limits): Promise<AccessToken> {
    const claims = {
      sid: sessionId,
      roles: [...roles],
      email_verified: isVerified(account),
      scope: scopes.join(' '),
    };
    return this.signed(account, claims, expiresIn);
  }

  private async signed(account: Account, claims: JWTPayload, expiresIn: number): Promise<AccessToken> {
    const { kid, key } = await this.keys.signer();
    const issuedAt = Math.floor(this.clock.now().getTime() / 1_000);
    const accessToken = await new SignJWT(claims)
      .setProtectedHeader({ alg: ALGORITHM, typ: ACCESS_TOKEN_TYPE, kid })
      .setIssuer(this.config.JWT_ISSUER)
      .setAudience(this.config.JWT_AUDIENCE)
      .setSubject(account.id)
      .setJti(newId())
      .setIssuedAt(issuedAt)
      .setExpirationTime(issuedAt + expiresIn)
      .sign(key);
    return { accessToken, expiresIn };
  }
}
