import { createVerify, generateKeyPairSync } from 'node:crypto';
import { appendFile, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import client from '@sendgrid/client';
import sendgrid from '@sendgrid/mail';
import { type MailboxOptions, type RunningMailbox, startMailbox } from '@lyceum/embedded/mailbox';

const apiKey = 'SG.a-key-of-the-tests';
let running: RunningMailbox[] = [];

async function start(options: Partial<MailboxOptions> = {}) {
  const mailbox = await startMailbox({ apiKey, ...options });
  running.push(mailbox);
  return mailbox;
}
function sender(mailbox: RunningMailbox, key = apiKey) {
  client.setApiKey(key);
  client.setDefaultRequest('baseUrl', mailbox.url);
  sendgrid.setClient(client);
  return sendgrid;
}
type MailData = Extract<Parameters<typeof sendgrid.send>[0], { from: unknown }>;
const mail = (more: Partial<MailData> = {}) =>
  ({
    to: 'ada@example.com',
    from: { email: 'no-reply@lyceum.test', name: 'Lyceum' },
    subject: 'Welcome',
    text: 'Hello Ada',
    ...more,
  }) as MailData;
const post = (mailbox: RunningMailbox, body: unknown, headers: Record<string, string> = {}) =>
  fetch(`${mailbox.url}/v3/mail/send`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
const raw = (more: object = {}) => ({
  personalizations: [{ to: [{ email: 'ada@example.com' }] }],
  from: { email: 'no-reply@lyceum.test' },
  subject: 'Welcome',
  content: [{ type: 'text/plain', value: 'Hello' }],
  ...more,
});
type Refused = { errors: { message: string; field: string | null; help: string | null }[] };

afterEach(async () => {
  await Promise.all(running.map((mailbox) => mailbox.close()));
  running = [];
});

describe('sending with the SendGrid client', () => {
  it('takes a mail with everything in it', async () => {
    const mailbox = await start();
    const [response] = await sender(mailbox).send(
      mail({
        to: [{ email: 'ada@example.com', name: 'Ada "L"' }],
        cc: 'cc@example.com',
        replyTo: 'help@lyceum.test',
        html: '<p>Hello</p>',
        categories: ['welcome'],
        customArgs: { notificationId: 'n-1' },
        headers: { 'List-Unsubscribe': '<https://lyceum.test/u>' },
        attachments: [
          {
            content: Buffer.from('%PDF').toString('base64'),
            filename: 'certificate.pdf',
            type: 'application/pdf',
            disposition: 'attachment',
          },
        ],
      }),
    );
    expect(response.statusCode).toBe(202);
    const messageId: unknown = response.headers['x-message-id'];
    expect(mailbox.messages({ to: 'ADA@example.com' })).toEqual([
      expect.objectContaining({
        messageId,
        from: { email: 'no-reply@lyceum.test', name: 'Lyceum' },
        to: [{ email: 'ada@example.com', name: 'Ada "L"' }],
        cc: [{ email: 'cc@example.com' }],
        replyTo: [{ email: 'help@lyceum.test' }],
        subject: 'Welcome',
        text: 'Hello Ada',
        html: '<p>Hello</p>',
        categories: ['welcome'],
        customArgs: { notificationId: 'n-1' },
        headers: { 'List-Unsubscribe': '<https://lyceum.test/u>' },
        attachments: [expect.objectContaining({ filename: 'certificate.pdf', size: 4, content: 'JVBERg==' })],
      }),
    ]);
  });

  it('makes one mail of every personalization, each with its own substitutions', async () => {
    const mailbox = await start();
    await sender(mailbox).send(
      mail({
        to: undefined,
        subject: 'Hi {{name}}',
        personalizations: [
          { to: 'a@example.com', substitutions: { name: 'A' } },
          { to: 'b@example.com', substitutions: { name: 'B $& B' } },
        ],
      }),
    );
    expect(mailbox.messages().map((each) => [each.to[0]?.email, each.subject])).toEqual([
      ['b@example.com', 'Hi B $& B'],
      ['a@example.com', 'Hi A'],
    ]);
  });

  it('refuses another key as SendGrid does', async () => {
    const mailbox = await start();
    await expect(sender(mailbox, 'SG.other').send(mail())).rejects.toMatchObject({
      code: 401,
      response: {
        body: {
          errors: [
            { message: 'The provided authorization grant is invalid, expired, or revoked', field: null, help: null },
          ],
        },
      },
    });
    expect(mailbox.messages()).toEqual([]);
  });

  it('fails the next sends when told to', async () => {
    const mailbox = await start({ faults: { failNext: 1 } });
    await expect(sender(mailbox).send(mail())).rejects.toMatchObject({ code: 503 });
    await sender(mailbox).send(mail());
    mailbox.setFaults({ failNext: 2, status: 429 });
    await expect(sender(mailbox).send(mail())).rejects.toMatchObject({
      code: 429,
      response: { headers: { 'retry-after': '1' } },
    });
    await expect(sender(mailbox).send(mail())).rejects.toMatchObject({ code: 429 });
    await sender(mailbox).send(mail());
    expect(mailbox.messages()).toHaveLength(2);
  });

  it('checks but does not keep a mail in sandbox mode', async () => {
    const mailbox = await start();
    const [response] = await sender(mailbox).send(mail({ mailSettings: { sandboxMode: { enable: true } } }));
    expect([response.statusCode, mailbox.messages().length]).toEqual([200, 0]);
  });
});

describe('a request that SendGrid would refuse', () => {
  it.each<[string, object, string, RegExp]>([
    ['has no personalization', { personalizations: [] }, 'personalizations', /must have at least one personalization/],
    ['has no recipient', { personalizations: [{ to: [] }] }, 'personalizations.0.to', /to array is required/],
    [
      'has a recipient that is no address',
      { personalizations: [{ to: [{ email: 'ada' }] }] },
      'personalizations.0.to.0.email',
      /valid address/,
    ],
    [
      'names a recipient twice',
      { personalizations: [{ to: [{ email: 'a@b.co' }], cc: [{ email: 'A@b.co' }] }] },
      'personalizations.0',
      /unique between to, cc, and bcc/,
    ],
    ['has no sender', { from: undefined }, 'from.email', /from object must be provided/],
    ['has no subject', { subject: undefined }, 'subject', /subject is required/],
    ['has no content', { content: undefined }, 'content', /content parameter is required/],
    [
      'has empty content',
      { content: [{ type: 'text/plain', value: '' }] },
      'content.0.value',
      /at least one character/,
    ],
    [
      'has HTML before text',
      {
        content: [
          { type: 'text/html', value: 'x' },
          { type: 'text/plain', value: 'x' },
        ],
      },
      'content',
      /text\/plain must be first/,
    ],
    ['names an unknown template', { template_id: 'welcome' }, 'template_id', /valid GUID/],
    [
      'has a line break in the subject',
      { subject: 'a\r\nBcc: all@example.com' },
      'subject',
      /carriage returns or line feeds/,
    ],
    [
      'has a line break in a name',
      { from: { email: 'a@b.co', name: 'a\nb' } },
      'from.name',
      /carriage returns or line feeds/,
    ],
    ['has a line break in a header', { headers: { 'X-A': 'a\r\nb' } }, 'headers.X-A', /carriage returns or line feeds/],
    ['has a line break in a header name', { headers: { 'X-A\r\nX-B': 'a' } }, 'headers.X-A\r\nX-B', /printable ASCII/],
    ['sets a reserved header', { headers: { Bcc: 'a' } }, 'headers.Bcc', /reserved header/],
    ['has custom arguments that are no strings', { custom_args: { n: 1 } }, 'custom_args.n', /must be strings/],
    ['has too large custom arguments', { custom_args: { n: 'x'.repeat(10_000) } }, 'custom_args', /10000 bytes/],
    ['has more than ten categories', { categories: Array.from({ length: 11 }, String) }, 'categories', /more than 10/],
    [
      'has an attachment that is not base64',
      { attachments: [{ content: 'not base64!', filename: 'a' }] },
      'attachments.0.content',
      /base64/,
    ],
    ['is scheduled too late', { send_at: Math.floor(Date.now() / 1000) + 80 * 3600 }, 'send_at', /72 hours/],
    ['has a field of the wrong type', { subject: 5 }, 'subject', /Invalid type. Expected: string, given: number/],
    [
      'has an inline attachment without an id',
      { attachments: [{ content: 'eA==', filename: 'a', disposition: 'inline' }] },
      'attachments.0.content_id',
      /required if disposition = 'inline'/,
    ],
  ])('%s', async (_, more, field, message) => {
    const mailbox = await start();
    const response = await post(mailbox, raw(more));
    expect(response.status).toBe(400);
    const { errors } = (await response.json()) as Refused;
    expect(errors).toContainEqual({
      field,
      message: expect.stringMatching(message),
      help: expect.stringContaining('message.'),
    });
    expect(mailbox.messages()).toEqual([]);
  });

  it('is not JSON, or too large, or has no key', async () => {
    const mailbox = await start();
    expect((await post(mailbox, '{')).status).toBe(400);
    expect((await post(mailbox, raw(), { authorization: '' })).status).toBe(401);
    const big = await post(
      mailbox,
      raw({ content: [{ type: 'text/plain', value: 'x'.repeat(31 * 1024 * 1024) }] }),
    ).catch(() => undefined);
    expect([413, undefined]).toContain(big?.status);
    expect(mailbox.messages()).toEqual([]);
  });
});

describe('reading', () => {
  it('by API: list, one, delete', async () => {
    const mailbox = await start();
    await sender(mailbox).send(mail());
    await sender(mailbox).send(mail({ to: 'bob@example.com', attachments: [{ content: 'eA==', filename: 'x' }] }));
    const list = (await (await fetch(`${mailbox.url}/api/messages?to=bob@example.com`)).json()) as {
      messages: { id: string; attachments: object[] }[];
    };
    expect(list.messages).toHaveLength(1);
    expect(list.messages[0]?.attachments[0]).not.toHaveProperty('content');
    const one = await fetch(`${mailbox.url}/api/messages/${list.messages[0]?.id}`);
    expect(await one.json()).toMatchObject({ subject: 'Welcome', attachments: [{ content: 'eA==' }] });
    expect((await fetch(`${mailbox.url}/api/messages/none`)).status).toBe(404);
    expect((await fetch(`${mailbox.url}/api/messages`, { method: 'DELETE' })).status).toBe(204);
    expect(mailbox.messages()).toEqual([]);
  });

  it('by waiting for a mail that is still to come', async () => {
    const mailbox = await start();
    const waiting = mailbox.waitFor({ to: 'ada@example.com', subject: /^Wel/ });
    await sender(mailbox).send(mail({ subject: 'Other' }));
    await sender(mailbox).send(mail());
    expect((await waiting).subject).toBe('Welcome');
    await expect(mailbox.waitFor({ to: 'nobody@example.com' }, 20)).rejects.toThrow(
      /nobody@example.com came within 20 ms; the mailbox has "Welcome"/,
    );
  });

  it('keeps a hostile mail inside its frame', async () => {
    const mailbox = await start();
    // the client's own type says contentId, which SendGrid does not know
    const attachments = [
      { content: 'iVBORw==', filename: 'logo.png', type: 'image/png', disposition: 'inline', content_id: 'logo' },
      { content: 'PHNjcmlwdD4=', filename: 'a"\r\nb.html'.replace('\r\n', ''), type: 'text/html', content_id: 'x' },
    ];
    const evil = '<script>alert(1)</script><img src="cid:logo"><form action="http://evil.test">';
    await sender(mailbox).send(
      mail({
        subject: '<script>alert(2)</script>',
        html: evil,
        attachments,
      }),
    );
    const { id } = mailbox.messages()[0] ?? { id: '' };
    for (const path of ['/', `/messages/${id}`]) {
      const page = await fetch(mailbox.url + path);
      expect(page.headers.get('content-security-policy')).toMatch(
        /^default-src 'none'; style-src 'self';(?!.*script-src)/,
      );
      expect(await page.text()).not.toContain('<script');
    }
    const frame = await fetch(`${mailbox.url}/messages/${id}/html`);
    expect(frame.headers.get('content-security-policy')).toMatch(
      /default-src 'none'.*form-action 'none'.*sandbox allow-popups/,
    );
    expect(await frame.text()).toContain(`<img src="/messages/${id}/attachments/0">`);
    const picture = await fetch(`${mailbox.url}/messages/${id}/attachments/0`);
    expect([picture.headers.get('content-type'), picture.headers.get('content-disposition')]).toEqual([
      'image/png',
      "inline; filename*=UTF-8''logo.png",
    ]);
    const file = await fetch(`${mailbox.url}/messages/${id}/attachments/1`);
    expect(file.headers.get('content-type')).toBe('application/octet-stream');
    expect(file.headers.get('content-disposition')).toMatch(/^attachment/);
    expect(await file.text()).toBe('<script>');
    expect((await fetch(`${mailbox.url}/messages/${id}/attachments/7`)).status).toBe(404);
  });

  it('deletes everything only by the button on its own page', async () => {
    const mailbox = await start();
    await sender(mailbox).send(mail());
    const click = (site: string) =>
      fetch(`${mailbox.url}/clear`, {
        method: 'POST',
        redirect: 'manual',
        headers: { 'sec-fetch-site': site, 'content-type': 'application/x-www-form-urlencoded' },
      });
    expect((await click('cross-site')).status).toBe(403);
    expect(mailbox.messages()).toHaveLength(1);
    expect((await click('same-origin')).status).toBe(303);
    expect(mailbox.messages()).toHaveLength(0);
  });
});

describe('on disk', () => {
  let dataDir: string;
  beforeEach(async () => (dataDir = await mkdtemp(join(tmpdir(), 'mailbox-test-'))));
  afterEach(() => rm(dataDir, { recursive: true, force: true }));
  const file = () => join(dataDir, 'mails.jsonl');

  it('keeps what was acknowledged, also behind a line that a crash tore off', async () => {
    const first = await start({ dataDir });
    await Promise.all(['a', 'b', 'c'].map((subject) => sender(first).send(mail({ subject }))));
    await first.close();
    await appendFile(file(), '{"id":"torn","subj');
    const second = await start({ dataDir });
    expect(
      second
        .messages()
        .map((each) => each.subject)
        .sort(),
    ).toEqual(['a', 'b', 'c']);
    await sender(second).send(mail({ subject: 'd' }));
    await second.close();
    const third = await start({ dataDir });
    expect(
      third
        .messages()
        .map((each) => each.subject)
        .sort(),
    ).toEqual(['a', 'b', 'c', 'd']);
  });

  it('stays bounded, and keeps the newest', async () => {
    const keep = { mails: 3, bytes: 20_000 };
    const first = await start({ dataDir, keep });
    for (let i = 0; i < 60; i++) await sender(first).send(mail({ subject: `s${i}`, text: 'x'.repeat(1000) }));
    expect((await stat(file())).size).toBeLessThan(2 * keep.bytes + 2000);
    await first.close();
    const second = await start({ dataDir, keep });
    expect(second.messages().map((each) => each.subject)).toEqual(['s59', 's58', 's57']);
    await second.clear();
    expect(await readFile(file(), 'utf8')).toBe('');
  });
});

describe('the event webhook', () => {
  it('reports what became of each mail, signed, and tries again when it is not taken', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const posts: { body: string; signature: string; timestamp: string }[] = [];
    let arrived: () => void;
    const taken = new Promise<void>((resolve) => (arrived = resolve));
    const receiver = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        const { headers } = request;
        posts.push({
          body,
          signature: String(headers['x-twilio-email-event-webhook-signature']),
          timestamp: String(headers['x-twilio-email-event-webhook-timestamp']),
        });
        response.writeHead(posts.length === 1 ? 500 : 200).end();
        if (posts.length === 2) arrived();
      });
    });
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
    const { port } = receiver.address() as AddressInfo;
    const mailbox = await start({
      eventWebhook: {
        url: `http://127.0.0.1:${port}`,
        privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      },
    });
    await sender(mailbox).send(
      mail({ to: ['ada@example.com', 'bounce@example.com'], customArgs: { notificationId: 'n-1' } }),
    );
    await taken;
    expect(posts[1]?.body).toBe(posts[0]?.body);
    const events = JSON.parse(posts[1]?.body ?? '[]') as { email: string; event: string; notificationId: string }[];
    expect(events.map(({ email, event, notificationId }) => [email, event, notificationId])).toEqual([
      ['ada@example.com', 'processed', 'n-1'],
      ['ada@example.com', 'delivered', 'n-1'],
      ['bounce@example.com', 'processed', 'n-1'],
      ['bounce@example.com', 'bounce', 'n-1'],
    ]);
    const { body = '', signature = '', timestamp = '' } = posts[1] ?? {};
    expect(
      createVerify('sha256')
        .update(timestamp + body)
        .verify(publicKey, signature, 'base64'),
    ).toBe(true);
    await new Promise<void>((resolve) => {
      receiver.close(() => resolve());
      receiver.closeAllConnections();
    });
  });
});
