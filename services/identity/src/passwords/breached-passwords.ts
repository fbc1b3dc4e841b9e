import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG } from '@lyceum/host';
import { Log, Metrics } from '@lyceum/telemetry';
import { Counter } from 'prom-client';
import type { Config } from '../config.js';
import { normalised } from './password-policy.js';

const PATIENCE_MS = 1_000;
/** A range holds about 1,000 lines of 40 characters. */
const MOST_CHARACTERS = 1_000_000;
const PREFIX = 5;

/**
 * Asks a service with the range interface of Have I Been Pwned whether a password is known from a breach. It learns five digits
 * of the password's SHA-1, which thousands of passwords share, and answers with all that it knows of those.
 */
@Injectable()
export class BreachedPasswords {
  private readonly checks: Counter<'outcome'>;
  private readonly url: string | undefined;

  constructor(
    private readonly log: Log,
    { registry }: Metrics,
    @Inject(CONFIG) config: Config,
  ) {
    this.url = config.BREACHED_PASSWORDS_URL?.replace(/\/+$/, '');
    this.checks = new Counter({
      name: 'lyceum_identity_breach_checks_total',
      help: 'New passwords looked up among those of breaches, by outcome (clean, breached, unavailable)',
      labelNames: ['outcome'],
      registers: [registry],
    });
  }

  /**
   * Whether the password is known from a breach. False when nothing is configured, and when the service does not answer within
   * a second: people can still register then, and the rules that need nobody else are in force.
   */
  async include(password: string): Promise<boolean> {
    if (this.url === undefined) return false;
    const digest = createHash('sha1').update(normalised(password)).digest('hex').toUpperCase();
    try {
      const range = await rangeOf(`${this.url}/range/${digest.slice(0, PREFIX)}`);
      const isKnown = holds(range, digest.slice(PREFIX));
      this.checks.inc({ outcome: isKnown ? 'breached' : 'clean' });
      return isKnown;
    } catch (error) {
      this.checks.inc({ outcome: 'unavailable' });
      this.log.warn('a password could not be looked up among breached ones', { reason: String(error) });
      return false;
    }
  }
}

async function rangeOf(url: string): Promise<string> {
  // padded, so that the length of an answer does not tell which range was asked for
  const headers = { 'add-padding': 'true', 'user-agent': 'lyceum-identity' };
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const response = await fetch(url, { headers, signal, redirect: 'error' });
  if (response.status !== 200) throw new Error(`the service answered ${response.status}`);
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > MOST_CHARACTERS) throw new Error('the answer is too long');
  }
  return text;
}

/** Whether a line `SUFFIX:COUNT` tells of it; lines that only pad the answer count 0. */
function holds(range: string, suffix: string): boolean {
  const lines = range.split(/\r?\n/).filter(Boolean);
  if (!lines.every((line) => /^[0-9A-F]{35}:\d+$/i.test(line))) throw new Error('the answer is no range');
  return lines.some((line) => line.slice(0, 35).toUpperCase() === suffix && Number(line.slice(36)) > 0);
}
