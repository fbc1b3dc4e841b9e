import { Injectable } from '@nestjs/common';
import { Database, Records } from '@lyceum/store';
import type { Certificate } from './certificate.js';

/**
 * What is left of a certificate whose learner was erased: enough for the paper in somebody's hands not to be taken for a forgery.
 * It names nobody.
 */
export interface WithdrawnCertificate {
  /** The certificate's code. */
  readonly id: string;
  readonly courseTitle: string;
  readonly issuedAt: Date;
  readonly withdrawnAt: Date;
  /** When it had been revoked before: that stays known. */
  readonly revokedAt?: Date | undefined;
}

export const withdrawnFrom = (
  { code, courseTitle, issuedAt, standing }: Certificate,
  withdrawnAt: Date,
): WithdrawnCertificate => ({
  id: code,
  courseTitle,
  issuedAt,
  withdrawnAt,
  ...(standing.status === 'revoked' ? { revokedAt: standing.at } : {}),
});

@Injectable()
export class WithdrawnCertificates extends Records<WithdrawnCertificate> {
  constructor(database: Database) {
    super(database, {
      collection: 'withdrawn_certificates',
      fields: {
        courseTitle: { type: String, required: true },
        issuedAt: { type: Date, required: true },
        withdrawnAt: { type: Date, required: true },
        revokedAt: Date,
      },
      indexes: [],
    });
  }
}
