import { type ECDH, createECDH, randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { type Clock, SystemClock } from '@lyceum/kernel';
import { z } from 'zod';
import { decryptPush } from './decrypt.js';
import { selfSignedCertificate } from './self-signed.js';
import { type Sender, verifyVapid } from './vapid.js';

const MAX_BODY = 4096;
const KEPT_SUBSCRIPTIONS = 10_000;
const KEPT_MESSAGES = 200;

export interface PushOptions {
  /** 0 or nothing: any free port */
  port?: number;
  host?: string;
  /** Speak TLS with a certificate made at the start: what the web-push library's own sender insists on. */
  tls?: boolean;
  clock?: Pick<Clock, 'now'>;
}

/** What a browser's `PushSubscription.toJSON()` gives, and the id under which this endpoint knows it. */
export interface TestSubscription {
  id: string;
  endpoint: string;
  expirationTime: null;
  keys: { p256dh: string; auth: string };
}

export interface PushMessage {
  id: string;
  /** ISO 8601 */
  receivedAt: string;
  /** decrypted; undefined when the push carried none */
  payload: string | undefined;
  ttl: number;
  urgency: string;
  topic: string | undefined;
  sender: Sender;
}

export interface RunningPush {
  url: string;
  port: number;
  /** The certificate to trust, PEM, when it speaks TLS. */
  ca: string | undefined;
  /** With `applicationServerKey` (base64url) only that sender may push. */
  subscribe(options?: { applicationServerKey?: string | undefined }): TestSubscription;
  /** Oldest first. @throws Error for an unknown subscription */
  messages(subscriptionId: string): PushMessage[];
  /** From now on pushes to it are answered with 410. */
  unsubscribe(subscriptionId: string): void;
  /** Lets the next pushes fail, with 429 unless a status is given. */
  setFaults(faults: { failNext: number; status?: number }): void;
  close(): Promise<void>;
}

interface Receiver {
  id: string;
  keys: ECDH;
  auth: Buffer;
  applicationServerKey: string | undefined;
  gone: boolean;
  messages: PushMessage[];
}

/**
 * Starts a Web Push service with browsers in it: it hands out subscriptions, takes pushes as RFC 8030 says,
 * checks the sender's VAPID token and opens the message with the subscription's keys, so that tests can read what arrived.
 * @throws Error when the port is taken.
 */
export async function startPush(options: PushOptions = {}): Promise<RunningPush> {
  const clock = options.clock ?? new SystemClock();
  const host = options.host ?? '127.0.0.1';
  const reachable = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host;
  const tls = options.tls ? selfSignedCertificate(reachable, clock.now()) : undefined;
  const app: FastifyInstance = fastify({
    bodyLimit: MAX_BODY,
    forceCloseConnections: true,
    ...(tls && { https: tls }),
  });
  const service = new PushService(clock);
  addRoutes(app, service);
  await app.listen({ port: options.port ?? 0, host });
  const { port } = app.server.address() as AddressInfo;
  service.origin = `${tls ? 'https' : 'http'}://${reachable}:${port}`;
  return {
    url: service.origin,
    port,
    ca: tls?.cert,
    subscribe: ({ applicationServerKey } = {}) => service.subscribe(applicationServerKey),
    messages: (id) => [...service.find(id).messages],
    unsubscribe: (id) => service.unsubscribe(id),
    setFaults: ({ failNext, status = 429 }) => (service.faults = { failNext, status }),
    close: () => app.close(),
  };
}

class PushService {
  origin = '';
  faults = { failNext: 0, status: 429 };
  private readonly receivers = new Map<string, Receiver>();

  constructor(readonly clock: Pick<Clock, 'now'>) {}

  subscribe(applicationServerKey: string | undefined): TestSubscription {
    const id = randomBytes(16).toString('base64url');
    const keys = createECDH('prime256v1');
    const p256dh = keys.generateKeys('base64url');
    const auth = randomBytes(16);
    const [oldest] = this.receivers.keys();
    if (oldest !== undefined && this.receivers.size >= KEPT_SUBSCRIPTIONS) this.receivers.delete(oldest);
    this.receivers.set(id, { id, keys, auth, applicationServerKey, gone: false, messages: [] });
    return {
      id,
      endpoint: `${this.origin}/push/${id}`,
      expirationTime: null,
      keys: { p256dh, auth: auth.toString('base64url') },
    };
  }

  lookFor(id: string): Receiver | undefined {
    return this.receivers.get(id);
  }

  find(id: string): Receiver {
    const receiver = this.receivers.get(id);
    if (!receiver) throw new Error(`There is no push subscription ${id}`);
    return receiver;
  }

  unsubscribe(id: string) {
    const receiver = this.find(id);
    receiver.gone = true;
    receiver.messages = [];
  }

  deliver(receiver: Receiver, message: PushMessage) {
    // a message replaces the one of the same topic that still waits (RFC 8030, 5.4)
    const others = receiver.messages.filter(({ topic }) => topic === undefined || topic !== message.topic);
    receiver.messages = [...others, message].slice(-KEPT_MESSAGES);
  }
}

function addRoutes(app: FastifyInstance, service: PushService) {
  // a push's body is sealed bytes, whatever its type says
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.setErrorHandler((error: { statusCode?: number; message: string }, _request, reply) =>
    refuse(
      reply,
      error.statusCode ?? 500,
      error.statusCode === 413 ? `the body is larger than ${MAX_BODY} bytes` : error.message,
    ),
  );

  const wanted = z.object({ applicationServerKey: z.string().optional() });
  app.post('/subscriptions', (request, reply) => {
    const parsed = wanted.safeParse(request.body ?? {});
    if (!parsed.success) return refuse(reply, 400, 'applicationServerKey must be a string');
    return reply.code(201).send(service.subscribe(parsed.data.applicationServerKey?.replace(/=+$/, '')));
  });
  app.delete<{ Params: { id: string } }>('/subscriptions/:id', (request, reply) => {
    if (!service.lookFor(request.params.id)) return refuse(reply, 404, 'unknown subscription');
    service.unsubscribe(request.params.id);
    return reply.code(204).send();
  });
  app.get<{ Params: { id: string } }>('/push/:id/messages', (request, reply) => {
    const receiver = service.lookFor(request.params.id);
    return receiver ? reply.send({ messages: receiver.messages }) : refuse(reply, 404, 'unknown subscription');
  });
  app.post<{ Params: { id: string } }>('/push/:id', (request, reply) => takePush(service, request, reply));
}

async function takePush(
  service: PushService,
  request: FastifyRequest<{ Params: { id: string } }>,
  reply: FastifyReply,
) {
  const { headers } = request;
  const receiver = service.lookFor(request.params.id);
  if (!receiver) return refuse(reply, 404, 'unknown subscription');
  if (receiver.gone) return refuse(reply, 410, 'the subscription has ended');
  if (service.faults.failNext > 0) {
    service.faults.failNext -= 1;
    return refuse(reply.header('retry-after', '1'), service.faults.status, 'failing as told');
  }
  if (headers.authorization === undefined) return refuse(reply, 401, 'VAPID authorization is required');
  let sender: Sender;
  try {
    sender = await verifyVapid(headers.authorization, service.origin, service.clock.now());
  } catch (error) {
    return refuse(reply, 403, `VAPID: ${messageOf(error)}`);
  }
  if (receiver.applicationServerKey !== undefined && receiver.applicationServerKey !== sender.publicKey) {
    return refuse(reply, 403, 'VAPID: the subscription belongs to another application server key');
  }
  const described = pushHeaders.safeParse(headers);
  if (!described.success) return refuse(reply, 400, described.error.issues[0]?.message ?? 'bad headers');
  let payload: string | undefined;
  if (Buffer.isBuffer(request.body) && request.body.length > 0) {
    if (headers['content-encoding'] !== 'aes128gcm')
      return refuse(reply, 415, 'the content encoding must be aes128gcm');
    try {
      payload = decryptPush(request.body, receiver.keys, receiver.auth).toString('utf8');
    } catch (error) {
      return refuse(reply, 400, `the message cannot be opened: ${messageOf(error)}`);
    }
  }
  const id = randomBytes(12).toString('base64url');
  const { ttl, urgency, topic } = described.data;
  service.deliver(receiver, {
    id,
    receivedAt: service.clock.now().toISOString(),
    payload,
    ttl,
    urgency,
    topic,
    sender,
  });
  return reply
    .code(201)
    .headers({ location: `${service.origin}/message/${id}`, ttl: String(ttl) })
    .send();
}

const pushHeaders = z.object({
  ttl: z
    .string({ error: 'the TTL header is required' })
    .regex(/^\d{1,10}$/, { error: 'TTL must be a number of seconds' })
    .transform(Number),
  urgency: z
    .enum(['very-low', 'low', 'normal', 'high'], { error: 'Urgency must be very-low, low, normal or high' })
    .default('normal'),
  topic: z
    .string()
    .regex(/^[\w-]{1,32}$/, { error: 'Topic must be at most 32 base64url characters' })
    .optional(),
});

const refuse = (reply: FastifyReply, status: number, reason: string) =>
  reply.code(status).send({ code: status, reason });
const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
