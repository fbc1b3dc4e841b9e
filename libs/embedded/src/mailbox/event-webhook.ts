import { createSign, randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Mail } from './mail.js';

export interface EventWebhookOptions {
  url: string;
  /** PEM of an EC P-256 key; when given, the posts are signed as SendGrid's signed event webhook is. */
  privateKey?: string;
}

const RETRIES_MS = [200, 500, 1000, 2000, 5000];

/**
 * Tells the sender what became of its mails, as SendGrid's event webhook does. The recipient's name decides:
 * `bounce…` bounces, `drop…` is dropped, `spam…` is delivered and then reported; everybody else gets their mail.
 */
export class EventWebhook {
  private readonly stopped = new AbortController();
  private readonly posts = new Set<Promise<void>>();

  constructor(private readonly options: EventWebhookOptions) {}

  report(mails: readonly Mail[]) {
    const post = this.post(JSON.stringify(mails.flatMap(eventsOf)));
    this.posts.add(post);
    void post.finally(() => this.posts.delete(post));
  }

  async close() {
    this.stopped.abort();
    await Promise.allSettled(this.posts);
  }

  private async post(body: string) {
    for (const pause of [...RETRIES_MS, undefined]) {
      const delivered = await fetch(this.options.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'user-agent': 'SendGrid Event API', ...this.signature(body) },
        body,
        signal: AbortSignal.any([this.stopped.signal, AbortSignal.timeout(10_000)]),
      }).then(
        async (response) => {
          await response.body?.cancel();
          return response.ok;
        },
        () => false,
      );
      if (delivered || pause === undefined || this.stopped.signal.aborted) return;
      await delay(pause, undefined, { signal: this.stopped.signal }).catch(() => undefined);
    }
  }

  private signature(body: string): Record<string, string> {
    const { privateKey } = this.options;
    if (privateKey === undefined) return {};
    const timestamp = String(Math.floor(Date.now() / 1000));
    const signature = createSign('sha256')
      .update(timestamp + body)
      .sign(privateKey, 'base64');
    return {
      'x-twilio-email-event-webhook-signature': signature,
      'x-twilio-email-event-webhook-timestamp': timestamp,
    };
  }
}

function eventsOf(mail: Mail) {
  return [...mail.to, ...mail.cc, ...mail.bcc].flatMap(({ email }) =>
    outcome(email).map((event) => ({
      ...mail.customArgs,
      email,
      timestamp: Math.floor(Date.parse(mail.receivedAt) / 1000),
      ...event,
      category: mail.categories,
      sg_event_id: randomBytes(16).toString('base64url'),
      sg_message_id: `${mail.messageId}.recvd-${mail.id.split('.').at(-1) ?? '0'}`,
      'smtp-id': `<${mail.id}@mailbox>`,
    })),
  );
}

function outcome(email: string) {
  if (email.startsWith('drop')) return [{ event: 'dropped', reason: 'Bounced Address', status: '5.0.0' }];
  const processed = { event: 'processed' };
  if (email.startsWith('bounce')) {
    return [
      processed,
      { event: 'bounce', type: 'bounce', status: '5.1.1', reason: '550 5.1.1 The email account does not exist' },
    ];
  }
  const delivered = { event: 'delivered', response: '250 OK' };
  return email.startsWith('spam') ? [processed, delivered, { event: 'spamreport' }] : [processed, delivered];
}
