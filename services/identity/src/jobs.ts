import { type JobContext, Scheduled, daily, weekly } from '@lyceum/host';
import { Injectable } from '@nestjs/common';
import { InactivityReminders } from './accounts/inactivity-reminders.service.js';
import { AuditVerificationService } from './audit/audit-verification.service.js';
import { Cleanup } from './cleanup/cleanup.service.js';
import { KeyEncryption } from './encryption/key-encryption.service.js';
import { KeyRotation } from './keys/key-rotation.service.js';

/** Everything that identity does at set times. */
@Injectable()
export class Jobs {
  constructor(
    private readonly keys: KeyRotation,
    private readonly encryption: KeyEncryption,
    private readonly cleanup: Cleanup,
    private readonly reminders: InactivityReminders,
    private readonly audit: AuditVerificationService,
  ) {}

  @Scheduled('identity.rotate-signing-keys', 'Puts a new signing key in the place of one that is old.', daily('02:10'))
  async rotateSigningKeys() {
    return { rotated: (await this.keys.rotateIfOld()) ? 1 : 0 };
  }

  @Scheduled(
    'identity.encrypt-anew',
    'Encrypts secrets with the key in front that another one has encrypted.',
    daily('02:40'),
  )
  encryptAnew(run: JobContext) {
    return this.encryption.renew(run);
  }

  @Scheduled('identity.cleanup', 'Removes what has expired and nobody can use any more.', weekly('Sunday', '03:10'))
  cleanUp(run: JobContext) {
    return this.cleanup.run(run);
  }

  @Scheduled('identity.remind-inactive', 'Reminds those who were away for long, once.', daily('09:00'))
  remindInactive(run: JobContext) {
    return this.reminders.run(run);
  }

  @Scheduled('identity.verify-audit-log', 'Looks whether the whole audit log is what was written.', daily('04:10'))
  async verifyAuditLog() {
    return { entries: await this.audit.inspect() };
  }
}
