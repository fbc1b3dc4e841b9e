import { Inject, Injectable } from '@nestjs/common';
import { CONFIG } from '@lyceum/host';
import { ACCESS_TOKEN_TYPE } from '@lyceum/http';
import { Clock, newId } from '@lyceum/kernel';
import { SignJWT } from 'jose';
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

/** Signs access tokens (RFC 9068): what every service believes about a caller until the token expires. */
@Injectable()
export class AccessTokens {
  constructor(
    private readonly keys: SigningKeys,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  async sign(account: Account, { id, authentication }: Session): Promise<AccessToken> {
    const { kid, key } = await this.keys.signer();
    const expiresIn = this.config.ACCESS_TOKEN_TTL_SECONDS;
    const issuedAt = Math.floor(this.clock.now().getTime() / 1_000);
    const claims = {
      sid: id,
      roles: [...account.roles],
      email_verified: isVerified(account),
      auth_time: Math.floor(authentication.at.getTime() / 1_000),
      amr: [...authentication.methods],
      acr: levelOf(authentication),
    };
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
