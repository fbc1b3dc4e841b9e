import { On } from '@lyceum/bus';
import { type EventOf, apiKeyExpiryDue, mediaReady, passwordChanged } from '@lyceum/contracts';
import { Controller } from '@nestjs/common';
import { ApiKeysService } from './api-keys/api-keys.service.js';
import { ExternalIdentitiesService } from './external-sign-in/external-identities.service.js';
import { AvatarImages } from './profile/avatar-images.js';
import { SessionsService } from './sessions/sessions.service.js';

/** Everything that identity does because of what happened, elsewhere or here. */
@Controller()
export class Reactions {
  constructor(
    private readonly sessions: SessionsService,
    private readonly avatars: AvatarImages,
    private readonly apiKeys: ApiKeysService,
    private readonly externalIdentities: ExternalIdentitiesService,
  ) {}

  @On(mediaReady) whenMediaReady(event: EventOf<typeof mediaReady>) {
    return this.avatars.ready(event);
  }

  /** They were ended with the change already, unless a crash came in between. */
  @On(passwordChanged) async whenPasswordChanged({ data }: EventOf<typeof passwordChanged>) {
    const { userId, how, keptSessionId, changedAt } = data;
    const at = new Date(changedAt);
    if (how === 'reset') await this.externalIdentities.distrustUnproven(userId, at);
    await this.sessions.endAll(userId, 'password-changed', { except: keptSessionId, begunBy: at });
  }

  @On(apiKeyExpiryDue) whenApiKeyExpiryDue({ data }: EventOf<typeof apiKeyExpiryDue>) {
    return this.apiKeys.warnOfExpiry(data.userId, data.keyId);
  }
}
