import { On } from '@lyceum/bus';
import {
  type EventOf,
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
  userRegistered,
} from '@lyceum/contracts';
import { Controller } from '@nestjs/common';
import { ApiKeysService } from './api-keys/api-keys.service.js';
import { ConsentsService } from './consents/consents.service.js';
import { ErasuresService } from './erasures/erasures.service.js';
import { ExportsService } from './exports/exports.service.js';
import { AvatarImages } from './profile/avatar-images.js';
import { SessionsService } from './sessions/sessions.service.js';

/** Everything that identity does because of what happened, elsewhere or here. */
@Controller()
export class Reactions {
  constructor(
    private readonly sessions: SessionsService,
    private readonly avatars: AvatarImages,
    private readonly apiKeys: ApiKeysService,
    private readonly exports: ExportsService,
    private readonly erasures: ErasuresService,
    private readonly consents: ConsentsService,
  ) {}

  @On(mediaReady) whenMediaReady(event: EventOf<typeof mediaReady>) {
    return this.avatars.ready(event);
  }

  /** They were ended with the change already, unless a crash came in between. */
  @On(passwordChanged) whenPasswordChanged({ data }: EventOf<typeof passwordChanged>) {
    const { userId, keptSessionId, changedAt } = data;
    return this.sessions.endAll(userId, 'password-changed', { except: keptSessionId, begunBy: new Date(changedAt) });
  }

  @On(apiKeyExpiryDue) whenApiKeyExpiryDue({ data }: EventOf<typeof apiKeyExpiryDue>) {
    return this.apiKeys.warnOfExpiry(data.userId, data.keyId);
  }
  @On(userRegistered) whenRegistered({ data }: EventOf<typeof userRegistered>) {
    return this.consents.registered(data);
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
  @On(erasureScheduled) whenErasureScheduled({ data }: EventOf<typeof erasureScheduled>) {
    return this.erasures.signOut(data.userId, new Date(data.scheduledAt));
  }
  @On(erasureDue) whenErasureDue({ data }: EventOf<typeof erasureDue>) {
    return this.erasures.carryOut(data.userId, data.erasureId);
  }
  @On(erasureUnanswered) whenErasureUnanswered({ data }: EventOf<typeof erasureUnanswered>) {
    return this.erasures.askAgain(data.userId, data.erasureId);
  }
  @On(identityErased) whenErasedHere(event: EventOf<typeof identityErased>) {
    return this.erasures.received('identity', event);
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
