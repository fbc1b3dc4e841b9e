import { z } from 'zod';

/** One complaint, in the shape in which SendGrid answers. */
export interface SendGridError {
  message: string;
  field: string | null;
  help: string | null;
}

const HELP = 'http://sendgrid.com/docs/API_Reference/Web_API_v3/Mail/errors.html#';
const MESSAGES = {
  from: 'The from object must be provided for every email send. It is an object that requires the email parameter, but may also contain a name parameter.  e.g. {"email" : "example@example.com"}  or {"email" : "example@example.com", "name" : "Example Recipient"}.',
  personalizations: 'The personalizations field is required and must have at least one personalization.',
  to: 'The to array is required for all personalization objects, and must have at least one email object with a valid email address.',
  address: 'Does not contain a valid address.',
  subject:
    'The subject is required. You can get around this requirement if you use a template with a subject defined or if every personalization has a subject defined.',
  content:
    'Unless a valid template_id is provided, the content parameter is required. There must be at least one defined content block. We typically suggest both text/plain and text/html blocks are included, but only one block is required.',
  contentValue: 'The content value must be a string at least one character in length.',
  contentType: 'The content type is required and must be a string such as text/plain or text/html.',
  lineBreak: 'Header values cannot contain carriage returns or line feeds.',
};
const MAX_RECIPIENTS = 1000;
const MAX_CUSTOM_ARGS_BYTES = 10_000;
const SCHEDULE_HOURS = 72;
const RESERVED_HEADERS = new Set([
  'x-sg-id',
  'x-sg-eid',
  'received',
  'dkim-signature',
  'content-type',
  'content-transfer-encoding',
  'to',
  'from',
  'subject',
  'reply-to',
  'cc',
  'bcc',
]);

const isAddress = (text: string) => /^[^\s@<>,;:"()[\]\\]{1,64}@[^\s@.<>]+(?:\.[^\s@.<>]+)+$/.test(text);
const oneLine = z.string().refine((text) => !/[\r\n]/.test(text), { error: MESSAGES.lineBreak });
const address = z.object({
  email: z.string().refine(isAddress, { error: MESSAGES.address }),
  name: oneLine.optional(),
});
const headers = z.record(
  z
    .string()
    .regex(/^[!-9;-~]+$/, { error: 'The header name must consist of printable ASCII characters without a colon.' })
    .refine((name) => !RESERVED_HEADERS.has(name.toLowerCase()), { error: 'You cannot set a reserved header.' }),
  oneLine,
);
const customArgs = z
  .record(z.string(), z.string({ error: 'The custom argument values must be strings.' }))
  .refine((args) => Buffer.byteLength(JSON.stringify(args)) <= MAX_CUSTOM_ARGS_BYTES, {
    error: 'The custom_args cannot exceed 10000 bytes.',
  });
const sendAt = z.int();

const personalization = z.object({
  to: z.array(address, { error: MESSAGES.to }).min(1, { error: MESSAGES.to }),
  cc: z.array(address).optional(),
  bcc: z.array(address).optional(),
  from: address.optional(),
  subject: oneLine.optional(),
  headers: headers.optional(),
  substitutions: z.record(z.string(), z.string()).optional(),
  dynamic_template_data: z.record(z.string(), z.json()).optional(),
  custom_args: customArgs.optional(),
  send_at: sendAt.optional(),
});

const attachment = z
  .object({
    content: z
      .string({ error: 'The attachment content is required.' })
      .min(1, { error: 'The attachment content is required.' })
      .refine(
        (text) => /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text.replace(/[\r\n]/g, '')),
        {
          error: 'The attachment content must be base64 encoded.',
        },
      ),
    type: oneLine.regex(/^[^;]+$/, { error: 'The type cannot contain the character ;' }).optional(),
    filename: oneLine.min(1, { error: 'The filename is required for every attachment.' }),
    disposition: z.enum(['attachment', 'inline']).optional(),
    content_id: oneLine.optional(),
  })
  // @sendgrid/mail passes its own `contentId` on unchanged, which SendGrid does not know
  .refine((file) => file.disposition !== 'inline' || file.content_id !== undefined, {
    error: "The content_id parameter is required if disposition = 'inline'.",
    path: ['content_id'],
  });

const sendRequest = z
  .object({
    personalizations: z
      .array(personalization, { error: MESSAGES.personalizations })
      .min(1, { error: MESSAGES.personalizations })
      .max(MAX_RECIPIENTS, { error: `You cannot have more than ${MAX_RECIPIENTS} personalizations.` }),
    from: z.object(address.shape, {
      error: (issue) => (issue.code === 'invalid_type' ? MESSAGES.from : undefined),
    }),
    reply_to: address.optional(),
    reply_to_list: z.array(address).max(1000).optional(),
    subject: oneLine.optional(),
    content: z
      .array(
        z.object({
          type: z
            .string({ error: MESSAGES.contentType })
            .regex(/^[\w.+-]+\/[\w.+-]+(?:; *charset=[\w-]+)?$/, { error: MESSAGES.contentType }),
          value: z.string({ error: MESSAGES.contentValue }).min(1, { error: MESSAGES.contentValue }),
        }),
      )
      .optional(),
    attachments: z.array(attachment).optional(),
    template_id: z.string().optional(),
    sections: z.record(z.string(), z.string()).optional(),
    headers: headers.optional(),
    categories: z
      .array(z.string().max(255, { error: 'The category cannot exceed 255 characters.' }))
      .max(10, { error: 'You cannot have more than 10 categories per request.' })
      .refine((all) => new Set(all).size === all.length, { error: 'The categories must be unique.' })
      .optional(),
    custom_args: customArgs.optional(),
    send_at: sendAt.optional(),
    batch_id: z.string().optional(),
    asm: z.object({ group_id: z.int(), groups_to_display: z.array(z.int()).max(25).optional() }).optional(),
    ip_pool_name: z.string().min(2).max(64).optional(),
    mail_settings: z
      .looseObject({ sandbox_mode: z.looseObject({ enable: z.boolean().optional() }).optional() })
      .optional(),
    tracking_settings: z.looseObject({}).optional(),
  })
  .superRefine((request, ctx) => {
    for (const { message, path } of crossFieldErrors(request)) ctx.addIssue({ code: 'custom', message, path });
  });

export type SendRequest = z.output<typeof sendRequest>;

type Unchecked = Omit<SendRequest, never>;
type Complaint = { message: string; path: (string | number)[] };

function* crossFieldErrors(request: Unchecked): Generator<Complaint> {
  const { personalizations, content = [], template_id: template } = request;
  if (template !== undefined && !/^(?:d-[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i.test(template)) {
    yield { message: `The template_id must be a valid GUID, you provided '${template}'.`, path: ['template_id'] };
  }
  if (template === undefined) {
    if (content.length === 0) yield { message: MESSAGES.content, path: ['content'] };
    if (!request.subject && !personalizations.every((each) => each.subject)) {
      yield { message: MESSAGES.subject, path: ['subject'] };
    }
  }
  yield* contentOrder(content.map(({ type }) => type.split(';')[0] ?? ''));
  if (request.reply_to && request.reply_to_list) {
    yield { message: 'You can only specify reply_to or reply_to_list, not both.', path: ['reply_to_list'] };
  }
  const recipients = personalizations.map(({ to, cc = [], bcc = [] }) => ({ to, cc, bcc }));
  if (recipients.reduce((sum, { to, cc, bcc }) => sum + to.length + cc.length + bcc.length, 0) > MAX_RECIPIENTS) {
    yield { message: `The total number of recipients cannot exceed ${MAX_RECIPIENTS}.`, path: ['personalizations'] };
  }
  for (const [i, groups] of recipients.entries()) yield* duplicates(i, groups);
  const latest = Date.now() / 1000 + SCHEDULE_HOURS * 3600;
  for (const at of [request.send_at, ...personalizations.map((each) => each.send_at)]) {
    if (at !== undefined && at > latest) {
      yield {
        message: `Scheduled sends cannot be more than ${SCHEDULE_HOURS} hours in the future.`,
        path: ['send_at'],
      };
    }
  }
}

function* contentOrder(types: readonly string[]): Generator<Complaint> {
  for (const type of ['text/plain', 'text/html']) {
    if (types.filter((each) => each === type).length > 1) {
      yield { message: 'If present, text/plain and text/html may only be provided once.', path: ['content'] };
    }
  }
  const plain = types.indexOf('text/plain');
  const html = types.indexOf('text/html');
  if (plain > 0 || (html > 0 && plain !== html - 1)) {
    yield {
      message: 'If present, text/plain must be first, followed by text/html, followed by any other content.',
      path: ['content'],
    };
  }
}

function* duplicates(i: number, groups: Record<'to' | 'cc' | 'bcc', { email: string }[]>): Generator<Complaint> {
  const seen = new Set<string>();
  for (const [group, list] of Object.entries(groups)) {
    for (const { email } of list) {
      if (seen.has(email.toLowerCase())) {
        yield {
          message: `Each email address in the personalization block should be unique between to, cc, and bcc. We found the first duplicate instance of [${email}] in the personalizations.${i}.${group} field.`,
          path: ['personalizations', i],
        };
        return;
      }
      seen.add(email.toLowerCase());
    }
  }
}

/** Reads the body of `POST /v3/mail/send`; either the request or every complaint that SendGrid would make about it. */
export function readSendRequest(body: unknown): { request: SendRequest } | { errors: SendGridError[] } {
  const parsed = sendRequest.safeParse(body, {
    error: (issue) =>
      issue.code === 'invalid_type'
        ? `Invalid type. Expected: ${issue.expected}, given: ${nameOfType(issue.input)}.`
        : undefined,
  });
  if (parsed.success) return { request: parsed.data };
  return {
    errors: parsed.error.issues.flatMap((issue) => {
      const field = issue.path.join('.');
      // a bad name inside a record: zod reports the record's complaint about its key one level deeper
      if (issue.code === 'invalid_key') return issue.issues.map(({ message }) => complaint(message, field));
      return [complaint(issue.message, issue.path.at(-1) === 'from' ? 'from.email' : field)];
    }),
  };
}

function complaint(message: string, field: string): SendGridError {
  const topic = field.replace(/\.\d+/g, '').replace(/\.email$/, '');
  return { message, field: field || null, help: topic ? `${HELP}message.${topic}` : null };
}

const nameOfType = (value: unknown) =>
  value === undefined ? 'undefined' : value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
