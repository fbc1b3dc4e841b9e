/** An access token that identity has given for an API key. */
export interface ExchangedToken {
  readonly accessToken: string;
  /** When this has ended, the key must be exchanged anew. */
  readonly sessionId: string;
}

/** A token that is about to expire would not reach the service in time, or would be refused there by a clock that is ahead. */
const MARGIN_MS = 10_000;
/** A key that was refused is refused for so long without asking: whoever tries again and again costs identity nothing. */
const REFUSED_MS = 5_000;

interface Kept<Value> {
  readonly value: Value;
  readonly until: number;
}

/** What is known of API keys, by a hash of each: good ones with their tokens, and those that were refused a moment ago. */
export class ExchangedTokens {
  private readonly good: Recent<ExchangedToken>;
  // apart, so that invented keys push no good one out
  private readonly refused: Recent<true>;

  /** @param now ms from any beginning */
  constructor(now: () => number, most: number) {
    this.good = new Recent(now, most);
    this.refused = new Recent(now, most);
  }

  find(digest: string): ExchangedToken | 'refused' | undefined {
    return this.good.find(digest) ?? (this.refused.find(digest) && 'refused');
  }

  keep(digest: string, token: ExchangedToken, expiresInMs: number): void {
    this.good.keep(digest, token, expiresInMs - MARGIN_MS);
  }

  keepRefusal(digest: string): void {
    this.refused.keep(digest, true, REFUSED_MS);
  }

  forget(digest: string): void {
    this.good.forget(digest);
  }
}

/** Those that were used last, each for a time of its own. */
class Recent<Value> {
  private readonly kept = new Map<string, Kept<Value>>();

  constructor(
    private readonly now: () => number,
    private readonly most: number,
  ) {}

  find(digest: string): Value | undefined {
    const known = this.kept.get(digest);
    if (!known) return undefined;
    this.kept.delete(digest); // so that those not used for longest stand first
    if (known.until <= this.now()) return undefined;
    this.kept.set(digest, known);
    return known.value;
  }

  keep(digest: string, value: Value, forMs: number): void {
    this.kept.delete(digest);
    if (forMs <= 0) return;
    this.kept.set(digest, { value, until: this.now() + forMs });
    const [oldest] = this.kept.size > this.most ? this.kept.keys() : [];
    if (oldest !== undefined) this.kept.delete(oldest);
  }

  forget(digest: string): void {
    this.kept.delete(digest);
  }
}
