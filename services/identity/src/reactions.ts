import { On, reactionsOf } from '@lyceum/bus';
import {
  type EventOf,
  accountSuspended,
  apiKeyExpiryDue,
  billingErased,
  catalogErased,
  dataExportExpired,
  dataExportOverdue,
  enrollmentErased,
  erasureDue,
  erasureScheduled,
  erasureUnanswered,
  identityErased,
  mediaErased,
  mediaReady,
  notifyErased,
  partCollected,
  passwordChanged,
  progressErased,
  rolesChanged,
  signedOutByAdmin,
  suspensionOver,
  userRegistered,
} from '@lyceum/contracts';
import { Controller } from '@nestjs/common';
import { AdministrationService } from './administration/administration.service.js';
import { ApiKeysService } from './api-keys/api-keys.service.js';
import { ConsentsService } from './consents/consents.service.js';
import { ErasuresService } from './erasures/erasures.service.js';
import { ExportsService } from './exports/exports.service.js';
import { ExternalIdentitiesService } from './external-sign-in/external-identities.service.js';
import { AuditLog } from './audit/audit-log.service.js';
import { auditedEvents } from './audit/audited-events.js';
import { AvatarImages } from './profile/avatar-images.js';
import { SessionsService } from './sessions/sessions.service.js';

/**
 * Everything that identity does because of what happened, elsewhere or here. What the table of the audit log names and nothing
 * else follows from is written down by a method of its own, made at the end of this file.
 */
@Controller()
export class Reactions {
  constructor(
    private readonly sessions: SessionsService,
    private readonly avatars: AvatarImages,
    private readonly apiKeys: ApiKeysService,
    private readonly exports: ExportsService,
    private readonly erasures: ErasuresService,
    private readonly consents: ConsentsService,
    private readonly externalIdentities: ExternalIdentitiesService,
    private readonly administration: AdministrationService,
    private readonly audit: AuditLog,
  ) {}

  @On(mediaReady) whenMediaReady(event: EventOf<typeof mediaReady>) {
    return this.avatars.ready(event);
  }

  /** They were ended with the change already, unless a crash came in between. */
  @On(passwordChanged) async whenPasswordChanged(event: EventOf<typeof passwordChanged>) {
    const { userId, how, keptSessionId, changedAt } = event.data;
    const at = new Date(changedAt);
    if (how === 'reset') await this.externalIdentities.distrustUnproven(userId, at);
    await this.sessions.endAll(userId, 'password-changed', { except: keptSessionId, begunBy: at });
    await this.audit.record(event);
  }

  @On(accountSuspended) async whenSuspended(event: EventOf<typeof accountSuspended>) {
    await this.administration.endSessionsOfSuspended(event.data.userId, new Date(event.data.suspendedAt));
    await this.audit.record(event);
  }

  @On(suspensionOver) whenSuspensionOver({ data }: EventOf<typeof suspensionOver>) {
    return this.administration.endOverdue(data.userId, new Date(data.suspendedAt));
  }

  @On(rolesChanged) async whenRolesChanged(event: EventOf<typeof rolesChanged>) {
    const { userId, changedAt } = event.data;
    await this.administration.endAccess(userId, 'roles-changed', { begunBy: new Date(changedAt) });
    await this.audit.record(event);
  }

  @On(signedOutByAdmin) async whenSignedOutByAdmin(event: EventOf<typeof signedOutByAdmin>) {
    const { userId, signedOutAt } = event.data;
    await this.sessions.endAll(userId, 'signed-out-by-admin', { begunBy: new Date(signedOutAt) });
    await this.audit.record(event);
  }

  /** For the events that are written down and have no other consequence. */
  protected audited(event: { readonly type: string }): Promise<void> {
    return this.audit.record(event);
  }

  @On(apiKeyExpiryDue) whenApiKeyExpiryDue({ data }: EventOf<typeof apiKeyExpiryDue>) {
    return this.apiKeys.warnOfExpiry(data.userId, data.keyId);
  }
  @On(userRegistered) async whenRegistered(event: EventOf<typeof userRegistered>) {
    await this.consents.registered(event.data);
    await this.audit.record(event);
  }

  /** No event: each service says it into this one's queue. */
  @On(partCollected) whenPartCollected(event: EventOf<typeof partCollected>) {
    return this.exports.receive(event);
  }
  @On(dataExportOverdue) whenExportOverdue({ data }: EventOf<typeof dataExportOverdue>) {
    return this.exports.askAgain(data.userId, data.exportId);
  }
  @On(dataExportExpired) whenExportExpired({ data }: EventOf<typeof dataExportExpired>) {
    return this.exports.expire(data.userId, data.exportId);
  }

  /** They were ended with it already, unless a crash came in between. */
  @On(erasureScheduled) async whenErasureScheduled(event: EventOf<typeof erasureScheduled>) {
    await this.erasures.signOut(event.data.userId, new Date(event.data.scheduledAt));
    await this.audit.record(event);
  }
  @On(erasureDue) whenErasureDue({ data }: EventOf<typeof erasureDue>) {
    return this.erasures.carryOut(data.userId, data.erasureId);
  }
  @On(erasureUnanswered) whenErasureUnanswered({ data }: EventOf<typeof erasureUnanswered>) {
    return this.erasures.askAgain(data.userId, data.erasureId);
  }
  @On(identityErased) async whenErasedHere(event: EventOf<typeof identityErased>) {
    await this.erasures.received('identity', event);
    await this.audit.record(event);
  }
  @On(catalogErased) whenCatalogHasErased(event: EventOf<typeof catalogErased>) {
    return this.erasures.received('catalog', event);
  }
  @On(billingErased) whenBillingHasErased(event: EventOf<typeof billingErased>) {
    return this.erasures.received('billing', event);
  }
  @On(enrollmentErased) whenEnrollmentHasErased(event: EventOf<typeof enrollmentErased>) {
    return this.erasures.received('enrollment', event);
  }
  @On(progressErased) whenProgressHasErased(event: EventOf<typeof progressErased>) {
    return this.erasures.received('progress', event);
  }
  @On(mediaErased) whenMediaHasErased(event: EventOf<typeof mediaErased>) {
    return this.erasures.received('media', event);
  }
  @On(notifyErased) whenNotifyHasErased(event: EventOf<typeof notifyErased>) {
    return this.erasures.received('notify', event);
  }
}

const others = new Set(reactionsOf(Reactions).map(({ type }) => type));
for (const { definition } of auditedEvents.filter((event) => !others.has(event.definition.type))) {
  const name = `audits ${definition.type}`;
  const value = function (this: Reactions, event: { readonly type: string }): Promise<void> {
    return this.audited(event);
  };
  const method = { value, writable: true, configurable: true };
  On(definition)(Reactions.prototype, name, method);
  Object.defineProperty(Reactions.prototype, name, method);
}
