import { createHmac, hkdfSync } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG } from '@lyceum/host';
import { networkOf } from '../attempts/network.js';
import type { Config } from '../config.js';

/** Stand-ins by which one network is recognised again, and which tell nothing to who has not the key. */
@Injectable()
export class Pseudonyms {
  private readonly key: Buffer;

  constructor(@Inject(CONFIG) { KEY_ENCRYPTION_KEY }: Config) {
    const secret = Buffer.from(KEY_ENCRYPTION_KEY, 'base64');
    this.key = Buffer.from(hkdfSync('sha256', secret, '', 'lyceum network pseudonym', 32));
  }

  ofNetwork(address: string): string {
    return createHmac('sha256', this.key).update(networkOf(address)).digest().subarray(0, 16).toString('base64url');
  }
}
