import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { SendRequest } from './send-request.js';

const addressSchema = z.object({ email: z.string(), name: z.string().optional() });

/** One mail as it would arrive: SendGrid makes one of every personalization. Also the shape of the JSON API and of the file. */
export const mailSchema = z.object({
  id: z.string(),
  /** what the sender was told in X-Message-Id; shared by all mails of one request */
  messageId: z.string(),
  /** ISO 8601 */
  receivedAt: z.string(),
  from: addressSchema,
  to: z.array(addressSchema),
  cc: z.array(addressSchema),
  bcc: z.array(addressSchema),
  replyTo: z.array(addressSchema),
  subject: z.string(),
  text: z.string().optional(),
  html: z.string().optional(),
  headers: z.record(z.string(), z.string()),
  categories: z.array(z.string()),
  customArgs: z.record(z.string(), z.string()),
  templateId: z.string().optional(),
  templateData: z.record(z.string(), z.json()).optional(),
  /** ISO 8601, when the sender asked for a later delivery; the mailbox shows it at once all the same */
  sendAt: z.string().optional(),
  attachments: z.array(
    z.object({
      filename: z.string(),
      type: z.string(),
      disposition: z.enum(['attachment', 'inline']),
      contentId: z.string().optional(),
      /** bytes */
      size: z.number(),
      /** base64 */
      content: z.string(),
    }),
  ),
});
export type Mail = z.output<typeof mailSchema>;
export type Address = Mail['from'];

/** The mails that a request asks for, with each personalization's overrides and substitutions applied. */
export function mailsOf(request: SendRequest, at: Date): { messageId: string; mails: Mail[] } {
  const messageId = randomBytes(16).toString('base64url');
  const mails = request.personalizations.map((each, i): Mail => {
    const fill = filler(each.substitutions ?? {}, request.sections ?? {});
    const part = (type: string) => request.content?.find((content) => content.type.split(';')[0] === type)?.value;
    const text = part('text/plain');
    const html = part('text/html');
    const sendAt = each.send_at ?? request.send_at;
    return {
      id: `${messageId}.${i}`,
      messageId,
      receivedAt: at.toISOString(),
      from: each.from ?? request.from,
      to: each.to,
      cc: each.cc ?? [],
      bcc: each.bcc ?? [],
      replyTo: request.reply_to ? [request.reply_to] : (request.reply_to_list ?? []),
      subject: fill(each.subject ?? request.subject ?? ''),
      ...(text !== undefined && { text: fill(text) }),
      ...(html !== undefined && { html: fill(html) }),
      headers: { ...request.headers, ...each.headers },
      categories: request.categories ?? [],
      customArgs: { ...request.custom_args, ...each.custom_args },
      ...(request.template_id !== undefined && { templateId: request.template_id }),
      ...(each.dynamic_template_data && { templateData: each.dynamic_template_data }),
      ...(sendAt !== undefined && { sendAt: new Date(sendAt * 1000).toISOString() }),
      attachments: (request.attachments ?? []).map((attachment) => ({
        filename: attachment.filename,
        type: attachment.type ?? 'application/octet-stream',
        disposition: attachment.disposition ?? 'attachment',
        ...(attachment.content_id !== undefined && { contentId: attachment.content_id }),
        size: Buffer.from(attachment.content, 'base64').length,
        content: attachment.content,
      })),
    };
  });
  return { messageId, mails };
}

/** What a reader of the API sees: attachments without their content. */
export const withoutContents = (mail: Mail) => ({
  ...mail,
  attachments: mail.attachments.map(({ filename, type, disposition, contentId, size }) => ({
    filename,
    type,
    disposition,
    contentId,
    size,
  })),
});

export const isFor = (mail: Mail, email: string) =>
  [...mail.to, ...mail.cc, ...mail.bcc].some((address) => address.email.toLowerCase() === email.toLowerCase());

function filler(substitutions: Record<string, string>, sections: Record<string, string>) {
  return (text: string) => fillIn(fillIn(text, sections), substitutions);
}
const fillIn = (text: string, values: Record<string, string>) =>
  Object.entries(values).reduce((filled, [tag, value]) => (tag ? filled.replaceAll(tag, () => value) : filled), text);
