import { CONFIG } from '@lyceum/host';
import { Inject, Injectable } from '@nestjs/common';
import sendGridClient from '@sendgrid/client';
import sendGridMail from '@sendgrid/mail';
import type { Config } from '../config.js';
import { type RenderedMail, oneLine } from '../messages/rendering.js';
import type { Outcome } from './delivery.js';

// what the packages export is one client for the whole process; each service instance has settings of its own
const Client = sendGridClient.constructor as new () => typeof sendGridClient;
const MailService = sendGridMail.constructor as new () => typeof sendGridMail;

export interface Addressing {
  readonly deliveryId: string;
  readonly email: string;
  readonly name: string;
  readonly kind: string;
}

/** Hands mails to SendGrid with its official client and says what became of them. Never throws, never logs a mail. */
@Injectable()
export class MailGateway {
  private readonly mail = new MailService();
  private readonly from: { email: string; name?: string };

  constructor(@Inject(CONFIG) config: Config) {
    const client = new Client();
    client.setApiKey(config.SENDGRID_API_KEY);
    client.setDefaultRequest('baseUrl', config.SENDGRID_API_URL); // after the key, which sets it too
    this.mail.setClient(client);
    this.mail.setTimeout(config.SENDGRID_TIMEOUT_MS);
    this.from = senderOf(config.MAIL_FROM);
  }

  async send({ deliveryId, email, name, kind }: Addressing, { subject, html, text }: RenderedMail): Promise<Outcome> {
    try {
      const [{ headers }] = await this.mail.send({
        from: this.from,
        to: { email, name: oneLine(name, 100) },
        subject,
        text,
        html,
        categories: [kind],
        customArgs: { delivery_id: deliveryId },
        // links are not rewritten: a token in one is for its reader only
        trackingSettings: { clickTracking: { enable: false }, openTracking: { enable: false } },
      });
      const providerId = headerOf(headers, 'x-message-id');
      return { kind: 'sent', ...(providerId === undefined ? {} : { providerId }) };
    } catch (error) {
      return outcomeOf(error);
    }
  }
}

/** Statuses that say something about the mail itself; a bad key or address of the API is ours to repair, and then it goes. */
const final = new Set([400, 413, 415, 422]);

/** The client's own errors hold the request with key and mail: only what is named here leaves this file. */
function outcomeOf(error: unknown): Outcome {
  const code = memberOf(error, 'code');
  const response = memberOf(error, 'response');
  if (typeof code === 'number') {
    const said = `SendGrid answered ${code}${complaintsIn(memberOf(response, 'body'))}`;
    if (final.has(code)) return { kind: 'never', reason: said };
    const afterMs = waitOf(memberOf(response, 'headers'));
    return { kind: 'later', error: said, ...(afterMs === undefined ? {} : { afterMs }) };
  }
  return {
    kind: 'later',
    error: `SendGrid could not be reached (${typeof code === 'string' ? code : 'unknown error'})`,
  };
}

function complaintsIn(body: unknown): string {
  const errors = memberOf(body, 'errors');
  if (!Array.isArray(errors)) return '';
  const messages = errors.map((each: unknown) => memberOf(each, 'message')).filter((each) => typeof each === 'string');
  return messages.length > 0 ? `: ${oneLine(messages.join('; '), 300)}` : '';
}

/** How long the provider asks us to wait, ms. */
function waitOf(headers: unknown): number | undefined {
  const seconds = Number(headerOf(headers, 'retry-after') ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1_000 : undefined;
}

function headerOf(headers: unknown, name: string): string | undefined {
  const value = memberOf(headers, name);
  return typeof value === 'string' ? value : undefined;
}

const memberOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && name in value ? Reflect.get(value, name) : undefined;

function senderOf(from: string): { email: string; name?: string } {
  const [, name, email] = /^(.+) <(.+)>$/.exec(from) ?? [];
  return name !== undefined && email !== undefined ? { name, email } : { email: from };
}
