import { randomBytes } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { Injectable } from '@nestjs/common';
import { ExportedSection } from '@lyceum/contracts';
import { FieldCipher } from '@lyceum/store';
import { z } from 'zod';
import { SecretsAtRest } from '../encryption/secrets-at-rest.js';

const Sections = z.array(ExportedSection);

/** Each export has a key of its own: without it nothing of its parts can be read, wherever a copy of them lies. */
@Injectable()
export class ExportCipher {
  constructor(private readonly keys: SecretsAtRest) {}

  /** Encrypted for its place. */
  newKey(exportId: string): string {
    return this.keys.encrypt(randomBytes(32).toString('base64'), `export:${exportId}`);
  }

  seal(sections: readonly ExportedSection[], key: string, exportId: string, partId: string): string {
    const packed = gzipSync(JSON.stringify(sections)).toString('base64');
    return this.cipherOf(key, exportId).encrypt(packed, partId);
  }

  open(content: string, key: string, exportId: string, partId: string): ExportedSection[] {
    const packed = Buffer.from(this.cipherOf(key, exportId).decrypt(content, partId), 'base64');
    return Sections.parse(JSON.parse(gunzipSync(packed).toString('utf8')));
  }

  private cipherOf(key: string, exportId: string): FieldCipher {
    return new FieldCipher({ currentKeyId: 'part', keys: { part: this.keys.decrypt(key, `export:${exportId}`) } });
  }
}
