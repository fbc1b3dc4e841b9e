import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { EventOf, courseCompleted } from '@lyceum/contracts';
import { Clock } from '@lyceum/kernel';
import { Database, DuplicateKey, type Page, type PageRequest } from '@lyceum/store';
import { Learners } from '../projections/learners.js';
import { refusals } from '../refusals.js';
import { type Certificate, certificateId, issue, revoke } from './certificate.js';
import { CertificatesStore } from './certificates.store.js';
import { codeOf, readCode } from './code.js';
import { type WithdrawnCertificate, WithdrawnCertificates, withdrawnFrom } from './withdrawn-certificates.store.js';

@Injectable()
export class CertificatesService {
  constructor(
    private readonly certificates: CertificatesStore,
    private readonly withdrawn: WithdrawnCertificates,
    private readonly database: Database,
    private readonly learners: Learners,
    private readonly clock: Clock,
  ) {}

  /** Throws while the learner's name has not been heard of: then the event is delivered again later. Nobody's name is awaited for good. */
  async issue({ learnerId, courseId, courseTitle }: EventOf<typeof courseCompleted>['data']): Promise<void> {
    const id = certificateId({ learnerId, courseId });
    if (await this.certificates.get(id)) return;
    if (await this.database.erased.has(learnerId)) return;
    const learner = await this.learners.get(learnerId);
    if (!learner) throw new Error(`The name of learner ${learnerId} is not known yet`);
    const award = { learnerId, learnerName: learner.name, courseId, courseTitle };
    for (let drawn = 1; ; drawn += 1) {
      const code = codeOf(randomBytes(8));
      try {
        await this.certificates.change(id, (current) => issue(current, { ...award, code }, this.clock.now()));
        return;
      } catch (error) {
        // another certificate has the code: once in 10^18 / number of certificates
        if (!(error instanceof DuplicateKey) || drawn === 5) throw error;
      }
    }
  }

  mine(learnerId: string, page: PageRequest): Promise<Page<Certificate>> {
    return this.certificates.ofLearner(learnerId, page);
  }

  async own(id: string, learnerId: string): Promise<Certificate> {
    const certificate = await this.certificates.get(id);
    if (certificate?.learnerId !== learnerId) throw refusals.certificateNotFound();
    return certificate;
  }

  /** For anybody who has the code, however it was typed. */
  async verify(typed: string): Promise<Certificate | WithdrawnCertificate> {
    const code = readCode(typed);
    const certificate = code && ((await this.certificates.byCode(code)) ?? (await this.withdrawn.get(code)));
    if (!certificate) throw refusals.certificateNotFound();
    return certificate;
  }

  /** Its learner was erased: the code stays known, without a name. */
  async withdraw(certificate: Certificate, at: Date): Promise<void> {
    await this.withdrawn.insertOnce(withdrawnFrom(certificate, at));
    await this.certificates.remove(certificate.id);
  }

  revoke(id: string, reason: string): Promise<Certificate> {
    return this.certificates.change(id, (current) => revoke(current, reason, this.clock.now()));
  }
}
