import { Scheduled, daily } from '@lyceum/host';
import { Injectable } from '@nestjs/common';
import { KeyRotation } from './keys/key-rotation.service.js';

/** Everything that identity does at set times. */
@Injectable()
export class Jobs {
  constructor(private readonly keys: KeyRotation) {}

  @Scheduled('identity.rotate-signing-keys', 'Puts a new signing key in the place of one that is old.', daily('02:10'))
  async rotateSigningKeys() {
    return { rotated: (await this.keys.rotateIfOld()) ? 1 : 0 };
  }
}
