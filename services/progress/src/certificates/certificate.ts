import { certificateIssued } from '@lyceum/contracts';
import { type Change, changed, unchanged } from '@lyceum/kernel';
import { refusals } from '../refusals.js';

export type CertificateStanding =
  | { readonly status: 'issued' }
  | { readonly status: 'revoked'; readonly at: Date; readonly reason: string };

/** Says for good what was true when it was issued: names and titles that change later do not change it. */
export interface Certificate {
  readonly id: string;
  readonly code: string;
  readonly learnerId: string;
  readonly learnerName: string;
  readonly courseId: string;
  readonly courseTitle: string;
  readonly issuedAt: Date;
  readonly standing: CertificateStanding;
}

export type Award = Pick<Certificate, 'learnerId' | 'learnerName' | 'courseId' | 'courseTitle' | 'code'>;

export const certificateId = ({ learnerId, courseId }: { learnerId: string; courseId: string }): string =>
  `${learnerId}:${courseId}`;

/** One certificate for a learner and a course, ever: also a revoked one is not issued again. */
export function issue(current: Certificate | undefined, award: Award, at: Date): Change<Certificate> {
  if (current) return unchanged(current);
  const { code, learnerId, courseId, courseTitle } = award;
  const id = certificateId(award);
  const issuedAt = at.toISOString();
  return changed({ ...award, id, issuedAt: at, standing: { status: 'issued' } }, [
    certificateIssued({ certificateId: id, code, learnerId, courseId, courseTitle, issuedAt }),
  ]);
}

/** It no longer counts, and whoever verifies it sees that. */
export function revoke(current: Certificate | undefined, reason: string, at: Date): Change<Certificate> {
  if (!current) throw refusals.certificateNotFound();
  if (current.standing.status === 'revoked') return unchanged(current);
  return changed({ ...current, standing: { status: 'revoked', at, reason } });
}
