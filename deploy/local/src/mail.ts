import { z } from 'zod';
import { Api } from './api.js';
import { until } from './until.js';

const Mail = z.looseObject({ id: z.string(), subject: z.string(), text: z.string().optional() });
const Mails = z.object({ messages: z.array(Mail) });

/** Waits for a mail whose subject fits and gives its text. Reads the mailbox through its own API. */
export function mailTo(mailboxUrl: string, address: string, subject: RegExp): Promise<string> {
  const mailbox = new Api(mailboxUrl);
  return until(async () => {
    const inbox = `/api/messages?to=${encodeURIComponent(address)}`;
    const { messages } = await mailbox.get(inbox, { expect: 200, schema: Mails });
    const listed = messages.find((each) => subject.test(each.subject));
    if (!listed)
      throw new Error(`No mail to ${address} with the subject ${subject}; there are ${messages.length} others`);
    const mail = await mailbox.get(`/api/messages/${listed.id}`, { expect: 200, schema: Mail });
    return mail.text ?? '';
  });
}

/** The token of the first link that carries one. */
export function tokenIn(text: string): string {
  const token = /[?&]token=([\w.~-]+)/.exec(text)?.[1];
  if (!token) throw new Error(`There is no link with a token in: ${text}`);
  return token;
}
