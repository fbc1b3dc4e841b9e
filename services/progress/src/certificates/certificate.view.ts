import { pageOf } from '@lyceum/http';
import { z } from 'zod';
import type { Certificate } from './certificate.js';
import type { WithdrawnCertificate } from './withdrawn-certificates.store.js';

export const CertificateView = z
  .object({
    certificateId: z.string(),
    code: z.string().describe('anybody can verify it at /verify/<code>'),
    courseId: z.string(),
    courseTitle: z.string(),
    learnerName: z.string().describe('as it was when the certificate was issued'),
    issuedAt: z.iso.datetime(),
    status: z.enum(['issued', 'revoked']),
    verifyUrl: z.url(),
  })
  .meta({ id: 'Certificate' });
export type CertificateView = z.infer<typeof CertificateView>;

export const CertificatePage = pageOf(CertificateView).meta({ id: 'CertificatePage' });

export const VerifiedCertificate = z
  .object({
    valid: z.boolean().describe('false when it has been revoked or withdrawn'),
    status: z
      .enum(['issued', 'revoked', 'withdrawn'])
      .describe('`withdrawn`: it was genuine; the account that it was issued to is no more, and nobody is named'),
    learnerName: z.string().optional().describe('absent when its account is no more'),
    courseTitle: z.string(),
    issuedAt: z.iso.datetime(),
    revokedAt: z.iso.datetime().optional(),
    withdrawnAt: z.iso.datetime().optional(),
    code: z.string(),
  })
  .meta({ id: 'VerifiedCertificate' });
export type VerifiedCertificate = z.infer<typeof VerifiedCertificate>;

export const verifyUrlOf = (code: string, publicUrl: string): string =>
  `${publicUrl.replace(/\/$/, '')}/verify/${code}`;

export function viewOf(certificate: Certificate, publicUrl: string): CertificateView {
  const { id, code, courseId, courseTitle, learnerName, issuedAt, standing } = certificate;
  return {
    certificateId: id,
    code,
    courseId,
    courseTitle,
    learnerName,
    issuedAt: issuedAt.toISOString(),
    status: standing.status,
    verifyUrl: verifyUrlOf(code, publicUrl),
  };
}

/** What everybody may know of a certificate. */
export function verifiedView(certificate: Certificate | WithdrawnCertificate): VerifiedCertificate {
  if ('withdrawnAt' in certificate) return withdrawnView(certificate);
  const { code, courseTitle, learnerName, issuedAt, standing } = certificate;
  return {
    valid: standing.status === 'issued',
    status: standing.status,
    learnerName,
    courseTitle,
    issuedAt: issuedAt.toISOString(),
    ...(standing.status === 'revoked' ? { revokedAt: standing.at.toISOString() } : {}),
    code,
  };
}

const withdrawnView = ({
  id: code,
  courseTitle,
  issuedAt,
  withdrawnAt,
  revokedAt,
}: WithdrawnCertificate): VerifiedCertificate => ({
  valid: false,
  status: revokedAt ? 'revoked' : 'withdrawn',
  courseTitle,
  issuedAt: issuedAt.toISOString(),
  ...(revokedAt ? { revokedAt: revokedAt.toISOString() } : { withdrawnAt: withdrawnAt.toISOString() }),
  code,
});
