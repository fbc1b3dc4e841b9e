import { z } from 'zod';
import { Api } from './api.js';
import { until } from './until.js';

const Mails = z.array(
  z.looseObject({ id: z.string(), subject: z.string(), text: z.string().optional(), html: z.string().optional() }),
);

/** Waits for a mail whose subject fits and gives its text. Reads the mailbox through its own API. */
export function mailTo(mailboxUrl: string, address: string, subject: RegExp): Promise<string> {
  const api = new Api(mailboxUrl);
  return until(async () => {
    const mails = await api.get(`/api/messages?to=${encodeURIComponent(address)}`, { expect: 200, schema: Mails });
    const mail = mails.find((each) => subject.test(each.subject));
    if (!mail)
      throw new Error(
        `No mail to ${address} with the subject ${subject}; there are: ${mails.map((each) => each.subject).join(', ')}`,
      );
    return mail.text ?? mail.html ?? '';
  });
}

/** The token of the first link that carries one. */
export function tokenIn(text: string): string {
  const token = /[?&]token=([\w.~-]+)/.exec(text)?.[1];
  if (!token) throw new Error(`There is no link with a token in: ${text}`);
  return token;
}
