import { On } from '@lyceum/bus';
import { type EventOf, mediaReady, passwordChanged } from '@lyceum/contracts';
import { Controller } from '@nestjs/common';
import { AvatarImages } from './profile/avatar-images.js';
import { SessionsService } from './sessions/sessions.service.js';

/** Everything that identity does because of what happened, elsewhere or here. */
@Controller()
export class Reactions {
  constructor(
    private readonly sessions: SessionsService,
    private readonly avatars: AvatarImages,
  ) {}

  @On(mediaReady) whenMediaReady(event: EventOf<typeof mediaReady>) {
    return this.avatars.ready(event);
  }

  /** They were ended with the change already, unless a crash came in between. */
  @On(passwordChanged) whenPasswordChanged({ data }: EventOf<typeof passwordChanged>) {
    const { userId, keptSessionId, changedAt } = data;
    return this.sessions.endAll(userId, 'password-changed', { except: keptSessionId, begunBy: new Date(changedAt) });
  }
}
