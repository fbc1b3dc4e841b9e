import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { newSealingKeys } from '@lyceum/bus';
import { startMailbox } from '@lyceum/embedded/mailbox';
import { BaseConfig } from '@lyceum/host';
import { Config } from '../src/config.js';
import { MailGateway } from '../src/deliveries/mail.gateway.js';
import { renderMail } from '../src/messages/rendering.js';

const key = 'SG.very.secret';
const token = 'a-secret-token';
const to = { deliveryId: 'e1:email', email: 'ada@example.com', name: 'Ada Byron', kind: 'verify-address' };
const mail = renderMail(
  { kind: 'verify-address', expiresAt: '2026-11-20T09:00:00Z' },
  { firstName: 'Ada' },
  'https://lyceum.example',
  token,
);

async function gatewayTo(url: string, settings: Record<string, string> = {}): Promise<MailGateway> {
  const { privateJwk } = await newSealingKeys();
  const env = {
    PUBLIC_URL: 'https://lyceum.example',
    JWT_ISSUER: 'https://lyceum.example',
    JWKS_URL: 'https://lyceum.example/jwks',
    SENDGRID_API_KEY: key,
    SENDGRID_API_URL: url,
    SENDGRID_TIMEOUT_MS: '5000',
    MAIL_FROM: 'no-reply@lyceum.example',
    NOTIFY_SEALING_PRIVATE_KEY: JSON.stringify(privateJwk),
    ...settings,
  };
  return new MailGateway({ ...BaseConfig.parse(env), ...Config.parse(env) });
}

/** Something that answers as told, or not at all. */
async function answering(status?: number, headers: Record<string, string> = {}) {
  const server = createServer((_request, response) => {
    if (status !== undefined) response.writeHead(status, headers).end('{"errors":[{"message":"No\\r\\nway"}]}');
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${port}`, close };
}

describe('the mail gateway', () => {
  const opened: { close(): unknown }[] = [];
  const open = <Opened extends { close(): unknown }>(what: Opened): Opened => {
    opened.push(what);
    return what;
  };
  afterEach(() => Promise.all(opened.splice(0).map((each) => each.close())));

  it('hands a mail over with the id by which a double is recognised, links and opens untracked', async () => {
    const mailbox = open(await startMailbox({ apiKey: key }));
    const gateway = await gatewayTo(mailbox.url, { MAIL_FROM: 'Lyceum <no-reply@lyceum.example>' });
    const outcome = await gateway.send(to, mail);
    const [sent] = mailbox.messages();
    expect(outcome).toEqual({ kind: 'sent', providerId: sent?.messageId });
    expect(sent).toMatchObject({
      from: { email: 'no-reply@lyceum.example', name: 'Lyceum' },
      to: [{ email: 'ada@example.com', name: 'Ada Byron' }],
      customArgs: { delivery_id: 'e1:email' },
      categories: ['verify-address'],
    });
  });
  it('keeps to its own settings beside another in the same process', async () => {
    const one = open(await startMailbox({ apiKey: key }));
    const other = open(await startMailbox({ apiKey: 'SG.other' }));
    const first = await gatewayTo(one.url);
    const second = await gatewayTo(other.url, { SENDGRID_API_KEY: 'SG.other' });
    expect([await first.send(to, mail), await second.send(to, mail)]).toMatchObject([
      { kind: 'sent' },
      { kind: 'sent' },
    ]);
    expect([one.messages().length, other.messages().length]).toEqual([1, 1]);
  });
  it.each([
    [400, { kind: 'never', reason: 'SendGrid answered 400: No way' }],
    [413, { kind: 'never', reason: 'SendGrid answered 413: No way' }],
    [401, { kind: 'later', error: 'SendGrid answered 401: No way' }],
    [404, { kind: 'later', error: 'SendGrid answered 404: No way' }],
    [429, { kind: 'later', error: 'SendGrid answered 429: No way', afterMs: 30_000 }],
    [500, { kind: 'later', error: 'SendGrid answered 500: No way' }],
  ])('says whether to try again after %d', async (status, expected) => {
    const server = open(await answering(status, status === 429 ? { 'retry-after': '30' } : {}));
    expect(await (await gatewayTo(server.url)).send(to, mail)).toEqual(expected);
  });
  it('tries again what was not answered, and shows neither key nor mail in what it says', async () => {
    const silent = open(await answering());
    const timedOut = await (await gatewayTo(silent.url, { SENDGRID_TIMEOUT_MS: '150' })).send(to, mail);
    expect(timedOut).toEqual({ kind: 'later', error: 'SendGrid could not be reached (ECONNABORTED)' });
    silent.close();
    const gone = await (await gatewayTo(silent.url)).send(to, mail);
    expect(gone).toEqual({ kind: 'later', error: 'SendGrid could not be reached (ECONNREFUSED)' });
    expect(JSON.stringify([timedOut, gone])).not.toMatch(new RegExp(`${token}|${key}|ada@`));
  });
});
