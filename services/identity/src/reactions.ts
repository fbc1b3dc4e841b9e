import { On } from '@lyceum/bus';
import { type EventOf, passwordChanged } from '@lyceum/contracts';
import { Controller } from '@nestjs/common';
import { SessionsService } from './sessions/sessions.service.js';

/** Everything that identity does because of what happened, elsewhere or here. */
@Controller()
export class Reactions {
  constructor(private readonly sessions: SessionsService) {}

  /** They were ended with the change already, unless a crash came in between. */
  @On(passwordChanged) whenPasswordChanged({ data }: EventOf<typeof passwordChanged>) {
    const { userId, keptSessionId, changedAt } = data;
    return this.sessions.endAll(userId, 'password-changed', { except: keptSessionId, begunBy: new Date(changedAt) });
  }
}
