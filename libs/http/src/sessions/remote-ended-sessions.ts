import { z } from 'zod';
import { EndedSessionsFeed, type Endings } from './ended-sessions.js';

/** What identity answers at `/.well-known/ended-sessions?since=…`. */
export const EndedSessionsAnswer = z.object({
  sessions: z.array(z.string()).describe('ids of sessions that have ended; some may have been told before'),
  withdrawnKeys: z.array(z.string()).default([]).describe('`kid` of keys whose tokens hold no longer, of the last day'),
  next: z.string().describe('give it back as `since`'),
  keepSeconds: z.int().positive().describe('how long an access token may outlive its session'),
  more: z.boolean().describe('whether more is to be had at once'),
});
export type EndedSessionsAnswer = z.infer<typeof EndedSessionsAnswer>;

/** Identity's own word, fetched from beside its keys: the truth, at the price of a request. */
export class RemoteEndedSessions extends EndedSessionsFeed {
  readonly everyMs = 2_000;
  private readonly url: URL;

  constructor(jwksUrl: string) {
    super();
    this.url = new URL('ended-sessions', jwksUrl);
  }

  async since(next?: string): Promise<Endings> {
    const url = new URL(this.url);
    if (next) url.searchParams.set('since', next);
    const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(1_500) });
    if (!response.ok) {
      await response.body?.cancel();
      throw new Error(`${this.url.href} answers ${response.status}`);
    }
    const { keepSeconds, ...answer } = EndedSessionsAnswer.parse(await response.json());
    return { ...answer, keepMs: keepSeconds * 1_000 };
  }
}
