import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { seal } from '@lyceum/bus';
import { CONFIG } from '@lyceum/host';
import type { JWK } from 'jose';
import type { Config } from '../config.js';

/**
 * Links to the page with the receipts of one erasure, for whoever got the last mail. They are made from a key, so that the same
 * erasure has the same link however often its last mail is made, and nothing about it is stored.
 */
@Injectable()
export class ReceiptTokens {
  private readonly notify: JWK;
  private readonly keys: readonly [Buffer, ...Buffer[]];

  constructor(@Inject(CONFIG) config: Config) {
    this.notify = JSON.parse(config.NOTIFY_SEALING_PUBLIC_KEY) as JWK; // the configuration's schema has looked at it
    this.keys = [keyOf(config.KEY_ENCRYPTION_KEY), ...config.KEY_ENCRYPTION_KEYS_READ_ONLY.map(keyOf)];
  }

  sealedFor(erasureId: string): Promise<string> {
    return seal(this.notify, `${erasureId}.${tagOf(erasureId, this.keys[0])}`);
  }

  /** The erasure whose link it is, or undefined. */
  read(token: string): string | undefined {
    const [, erasureId = '', tag = ''] = /^([\w-]{1,100})\.([\w-]{43})$/.exec(token) ?? [];
    const isOurs = this.keys.some((key) => {
      const right = Buffer.from(tagOf(erasureId, key));
      return tag.length === right.length && timingSafeEqual(Buffer.from(tag), right);
    });
    return isOurs ? erasureId : undefined;
  }
}

const keyOf = (secret: string): Buffer =>
  Buffer.from(hkdfSync('sha256', Buffer.from(secret, 'base64'), '', 'receipts of erasures', 32));

const tagOf = (erasureId: string, key: Buffer): string =>
  createHmac('sha256', key).update(erasureId).digest('base64url');
