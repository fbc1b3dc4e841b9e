import { createHash, timingSafeEqual } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import { type Clock, SystemClock } from '@lyceum/kernel';
import { z } from 'zod';
import { EventWebhook, type EventWebhookOptions } from './event-webhook.js';
import { Inbox, type MailFilter } from './inbox.js';
import { type Mail, mailsOf, withoutContents } from './mail.js';
import { addPages } from './page-routes.js';
import { type SendGridError, readSendRequest } from './send-request.js';

const MIB = 1024 * 1024;

export interface Faults {
  /** how many of the next send requests fail */
  failNext?: number | undefined;
  /** the HTTP status they fail with; 503 unless given */
  status?: number | undefined;
}

export interface MailboxOptions {
  /** 0 or nothing: any free port */
  port?: number;
  host?: string;
  /** Where the mails stay; without it they are gone at `close`. One process at a time. */
  dataDir?: string;
  /** The key that senders must show as a bearer token. */
  apiKey: string;
  eventWebhook?: EventWebhookOptions;
  faults?: Faults;
  /** How much is kept before the oldest mails go: 1,000 mails and 64 MiB unless given. */
  keep?: { mails: number; bytes: number };
  clock?: Pick<Clock, 'now'>;
  /** Told of what answered a request with 500: a full disk, a bug. Written to the console unless given. */
  onFailure?: (error: unknown) => void;
}

export interface RunningMailbox {
  url: string;
  port: number;
  /** Newest first. */
  messages(filter?: MailFilter): Mail[];
  /** The newest mail that fits, or the next one that will. @throws Error after `timeoutMs` (5,000 unless given). */
  waitFor(filter: MailFilter, timeoutMs?: number): Promise<Mail>;
  setFaults(faults: Faults): void;
  clear(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Starts a mailbox that accepts mails by SendGrid's v3 API (`POST /v3/mail/send`), checks them as strictly as SendGrid does,
 * delivers them nowhere and shows them on a page (`/`) and as JSON (`/api/messages`).
 * A mail that was answered with 202 is on disk, if there is a `dataDir`.
 * @throws Error when the port is taken or the directory cannot be written.
 */
export async function startMailbox(options: MailboxOptions): Promise<RunningMailbox> {
  const inbox = await Inbox.open(options.dataDir, options.keep ?? { mails: 1000, bytes: 64 * MIB });
  const webhook = options.eventWebhook && new EventWebhook(options.eventWebhook);
  const clock = options.clock ?? new SystemClock();
  const faults: Faults = { ...options.faults };
  const onFailure = options.onFailure ?? ((error) => console.error('mailbox: unexpected failure', error));
  const app = fastify({ bodyLimit: 30 * MIB, forceCloseConnections: true, routerOptions: { maxParamLength: 200 } });
  app.setErrorHandler((error: { statusCode?: number; message: string }, _request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500) onFailure(error);
    const message =
      status === 413
        ? 'The total size of the request exceeds 30 MB.'
        : status >= 500
          ? 'Internal Server Error'
          : 'Bad Request';
    return sendErrors(reply, status, [{ message, field: null, help: null }]);
  });
  app.setNotFoundHandler((_request, reply) =>
    sendErrors(reply, 404, [{ message: 'not found', field: null, help: null }]),
  );

  addSendRoute(app, { apiKey: options.apiKey, faults, inbox, webhook, clock });
  addApi(app, inbox, faults);
  addPages(app, inbox);

  const host = options.host ?? '127.0.0.1';
  try {
    await app.listen({ port: options.port ?? 0, host });
  } catch (error) {
    await app.close();
    await inbox.close();
    throw error;
  }
  const { port } = app.server.address() as AddressInfo;
  const reachable = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host;
  return {
    url: `http://${reachable}:${port}`,
    port,
    messages: (filter) => inbox.list(filter),
    waitFor: (filter, timeoutMs = 5000) => inbox.waitFor(filter, timeoutMs),
    setFaults: (next) => Object.assign(faults, { failNext: undefined, status: undefined, ...next }),
    clear: () => inbox.clear(),
    async close() {
      await app.close();
      await webhook?.close();
      await inbox.close();
    },
  };
}

interface Sending {
  apiKey: string;
  faults: Faults;
  inbox: Inbox;
  webhook: EventWebhook | undefined;
  clock: Pick<Clock, 'now'>;
}

function addSendRoute(app: FastifyInstance, { apiKey, faults, inbox, webhook, clock }: Sending) {
  app.post(
    '/v3/mail/send',
    {
      // the key is looked at before the body is
      onRequest: async (request, reply) => {
        const { authorization } = request.headers;
        if (authorization !== undefined && sameSecret(authorization, `Bearer ${apiKey}`)) return;
        const message =
          authorization === undefined
            ? 'Permission denied, wrong credentials'
            : 'The provided authorization grant is invalid, expired, or revoked';
        await sendErrors(reply, 401, [{ message, field: null, help: null }]);
      },
    },
    async (request, reply) => {
      if (faults.failNext !== undefined && faults.failNext > 0) {
        faults.failNext -= 1;
        return sendFault(reply, faults.status ?? 503);
      }
      const read = readSendRequest(request.body);
      if ('errors' in read) return sendErrors(reply, 400, read.errors);
      if (read.request.mail_settings?.sandbox_mode?.enable) return reply.code(200).send();
      const { messageId, mails } = mailsOf(read.request, clock.now());
      await inbox.add(mails);
      webhook?.report(mails);
      return reply.code(202).header('x-message-id', messageId).send();
    },
  );
}

const faultsSchema = z.strictObject({
  failNext: z.int().min(0).optional(),
  status: z.int().min(400).max(599).optional(),
});

function addApi(app: FastifyInstance, inbox: Inbox, faults: Faults) {
  const query = z.object({ to: z.string().optional(), subject: z.string().optional() });
  app.get('/api/messages', (request, reply) => {
    const filter = query.safeParse(request.query);
    if (!filter.success) return sendErrors(reply, 400, [{ message: 'Bad Request', field: 'to', help: null }]);
    return reply.send({ messages: inbox.list(filter.data).map(withoutContents) });
  });
  app.get<{ Params: { id: string } }>('/api/messages/:id', (request, reply) => {
    const mail = inbox.find(request.params.id);
    return mail ? reply.send(mail) : sendErrors(reply, 404, [{ message: 'not found', field: null, help: null }]);
  });
  app.delete('/api/messages', async (_request, reply) => {
    await inbox.clear();
    return reply.code(204).send();
  });
  app.put('/api/faults', (request, reply) => {
    const wanted = faultsSchema.safeParse(request.body);
    if (!wanted.success) return sendErrors(reply, 400, [{ message: 'Bad Request', field: null, help: null }]);
    Object.assign(faults, { failNext: undefined, status: undefined, ...wanted.data });
    return reply.code(204).send();
  });
}

const sendErrors = (reply: FastifyReply, status: number, errors: SendGridError[]) =>
  reply.code(status).send({ errors });

function sendFault(reply: FastifyReply, status: number) {
  if (status === 429) {
    void reply
      .header('x-ratelimit-limit', '600')
      .header('x-ratelimit-remaining', '0')
      .header('x-ratelimit-reset', String(Math.ceil(Date.now() / 1000) + 1))
      .header('retry-after', '1');
  }
  const message = status === 429 ? 'too many requests' : status >= 500 ? 'Service Unavailable' : 'Bad Request';
  return sendErrors(reply, status, [{ message, field: null, help: null }]);
}

const sameSecret = (a: string, b: string) => timingSafeEqual(sha256(a), sha256(b));
const sha256 = (text: string) => createHash('sha256').update(text).digest();
