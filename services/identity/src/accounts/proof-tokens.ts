import { Inject, Injectable } from '@nestjs/common';
import { seal } from '@lyceum/bus';
import { CONFIG } from '@lyceum/host';
import type { JWK } from 'jose';
import type { Config } from '../config.js';
import type { ProofToken } from './account.js';
import { hashOf, newOneTimeToken } from './one-time-token.js';

/** Makes the tokens for mails. In clear they exist only here and at notify. */
@Injectable()
export class ProofTokens {
  private readonly notify: JWK;

  constructor(@Inject(CONFIG) config: Config) {
    this.notify = JSON.parse(config.NOTIFY_SEALING_PUBLIC_KEY) as JWK; // the configuration's schema has looked at it
  }

  async make(): Promise<ProofToken> {
    const token = newOneTimeToken();
    return { hash: hashOf(token), sealed: await seal(this.notify, token) };
  }
}
