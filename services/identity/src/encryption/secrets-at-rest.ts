import { createHash } from 'node:crypto';
import { CONFIG } from '@lyceum/host';
import { FieldCipher } from '@lyceum/store';
import { Inject, Injectable } from '@nestjs/common';
import type { Config } from '../config.js';

type Keys = Pick<Config, 'KEY_ENCRYPTION_KEY' | 'KEY_ENCRYPTION_KEYS_READ_ONLY'>;

/** Once there was only one key, and it had this name. */
const ONLY_KEY = 'v1.k1.';

/**
 * The one cipher for everything that identity keeps secret in its database. A key's id is made from the key, so that an operator
 * who puts a new one in front has no names to get wrong. Whoever keeps something that is encrypted by it also takes part in
 * `KeyEncryption`, which encrypts it anew.
 */
@Injectable()
export class SecretsAtRest extends FieldCipher {
  private readonly unnamed: readonly FieldCipher[];

  constructor(@Inject(CONFIG) config: Keys) {
    const keys = [config.KEY_ENCRYPTION_KEY, ...config.KEY_ENCRYPTION_KEYS_READ_ONLY];
    super({
      currentKeyId: keyIdOf(config.KEY_ENCRYPTION_KEY),
      keys: Object.fromEntries(keys.map((key) => [keyIdOf(key), key])),
    });
    this.unnamed = keys.map((key) => new FieldCipher({ currentKeyId: 'k1', keys: { k1: key } }));
  }

  /** Matches what is encrypted with the key in front, for look-ups in the database. */
  get upToDate(): RegExp {
    return new RegExp(`^v1\\.${this.keyId}\\.`);
  }

  /** The same secret, encrypted with the key in front. */
  anew(encrypted: string, context: string): string {
    return this.encrypt(this.decrypt(encrypted, context), context);
  }

  override decrypt(encrypted: string, context = ''): string {
    if (!encrypted.startsWith(ONLY_KEY)) return super.decrypt(encrypted, context);
    let failure: unknown;
    for (const cipher of this.unnamed)
      try {
        return cipher.decrypt(encrypted, context);
      } catch (error) {
        failure = error;
      }
    throw failure;
  }
}

/** Tells keys apart and nothing about them: they have 256 random bits. */
export const keyIdOf = (key: string): string =>
  createHash('sha256').update('lyceum key id').update(Buffer.from(key, 'base64')).digest('hex').slice(0, 12);
