import { hash } from 'node:crypto';
import type { TokenVerifier } from '@lyceum/http';

/**
 * A token that verified names its account for so long without being verified anew. It is only counted by it, and the services
 * verify it every time.
 */
const REMEMBERED_MS = 5_000;
const MOST = 10_000;

/** Whose requests are counted together. */
export class Accounts {
  private readonly known = new Map<string, { readonly account: string; readonly until: number }>();

  /** @param now ms from any beginning */
  constructor(
    private readonly tokens: Pick<TokenVerifier, 'verify'>,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Only a token that verifies names an account: a forged one must not use up somebody else's limit. */
  async of(token: string): Promise<string | undefined> {
    const digest = hash('sha256', token, 'base64');
    const known = this.known.get(digest);
    if (known && known.until > this.now()) return known.account;
    const caller = await this.tokens.verify(token).catch(() => undefined);
    if (caller) this.remember(digest, caller.id);
    return caller?.id;
  }

  private remember(digest: string, account: string): void {
    this.known.delete(digest); // so that the oldest stand first
    this.known.set(digest, { account, until: this.now() + REMEMBERED_MS });
    const [oldest] = this.known.size > MOST ? this.known.keys() : [];
    if (oldest !== undefined) this.known.delete(oldest);
  }
}
