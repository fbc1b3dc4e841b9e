import { Agent } from 'node:https';
import { SignJWT, importJWK } from 'jose';
import webpush from 'web-push';
import { type RunningPush, startPush } from '@lyceum/embedded/push';

const keys = webpush.generateVAPIDKeys();
const vapidDetails = { subject: 'mailto:ops@lyceum.test', publicKey: keys.publicKey, privateKey: keys.privateKey };
let push: RunningPush;
const agent = () => new Agent({ ca: push.ca });
async function token(claims: Record<string, unknown>) {
  const point = Buffer.from(keys.publicKey, 'base64url');
  const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((part) => part.toString('base64url'));
  const key = await importJWK({ kty: 'EC', crv: 'P-256', x, y, d: keys.privateKey }, 'ES256');
  const inAnHour = Math.floor(Date.now() / 1000) + 3600;
  const payload = { aud: push.url, exp: inAnHour, sub: 'mailto:a@b.co', ...claims };
  return `vapid t=${await new SignJWT(payload).setProtectedHeader({ alg: 'ES256' }).sign(key)}, k=${keys.publicKey}`;
}

afterEach(() => push.close());

describe("the web-push library's own sender", () => {
  beforeEach(async () => {
    push = await startPush({ tls: true });
  });

  it('delivers a message that only the subscription can read', async () => {
    const subscription = push.subscribe();
    const sent = await webpush.sendNotification(subscription, JSON.stringify({ title: 'Enrolled ✓' }), {
      vapidDetails,
      agent: agent(),
      TTL: 60,
      urgency: 'high',
    });
    expect(sent.statusCode).toBe(201);
    expect(push.messages(subscription.id)).toEqual([
      expect.objectContaining({
        payload: '{"title":"Enrolled ✓"}',
        ttl: 60,
        urgency: 'high',
        sender: { publicKey: keys.publicKey, subject: 'mailto:ops@lyceum.test' },
      }),
    ]);
  });

  it('learns that a subscription has ended', async () => {
    const subscription = push.subscribe();
    push.unsubscribe(subscription.id);
    await expect(webpush.sendNotification(subscription, 'x', { vapidDetails, agent: agent() })).rejects.toMatchObject({
      statusCode: 410,
    });
    const unknown = { ...subscription, endpoint: `${push.url}/push/none` };
    await expect(webpush.sendNotification(unknown, 'x', { vapidDetails, agent: agent() })).rejects.toMatchObject({
      statusCode: 404,
    });
  });

  it('is refused when it seals for another subscription, or signs with another key than the subscribed one', async () => {
    const subscription = push.subscribe({ applicationServerKey: keys.publicKey });
    const { keys: others } = push.subscribe();
    await expect(
      webpush.sendNotification({ ...subscription, keys: others }, 'x', { vapidDetails, agent: agent() }),
    ).rejects.toMatchObject({ statusCode: 400 });
    const stranger = { ...webpush.generateVAPIDKeys(), subject: 'mailto:x@y.zz' };
    await expect(
      webpush.sendNotification(subscription, 'x', { vapidDetails: stranger, agent: agent() }),
    ).rejects.toMatchObject({ statusCode: 403 });
    await webpush.sendNotification(subscription, 'x', { vapidDetails, agent: agent() });
    expect(push.messages(subscription.id)).toHaveLength(1);
  });
});

describe('a push over plain HTTP', () => {
  type Subscription = { id: string; endpoint: string; keys: { p256dh: string; auth: string } };
  let subscription: Subscription;
  beforeEach(async () => {
    push = await startPush();
    const response = await fetch(`${push.url}/subscriptions`, { method: 'POST' });
    subscription = (await response.json()) as Subscription;
  });
  async function send(
    change: (headers: Record<string, string>) => void,
    payload: string | null = 'hello',
    options: webpush.RequestOptions = {},
  ) {
    const details = webpush.generateRequestDetails(subscription, payload ?? undefined, {
      vapidDetails,
      TTL: 10,
      ...options,
    });
    const headers = Object.fromEntries(
      Object.entries(details.headers).map(([name, value]) => [name.toLowerCase(), value]),
    );
    delete headers['content-length'];
    change(headers);
    const body = details.body ? new Uint8Array(details.body) : null;
    return fetch(details.endpoint, { method: 'POST', headers, body });
  }
  const received = async () =>
    (
      (await (await fetch(`${push.url}/push/${subscription.id}/messages`)).json()) as {
        messages: { payload?: string }[];
      }
    ).messages;

  it('is taken, with and without a payload', async () => {
    expect((await send(() => undefined)).status).toBe(201);
    expect((await send(() => undefined, null)).status).toBe(201);
    expect((await received()).map(({ payload }) => payload)).toEqual(['hello', undefined]);
  });

  it('replaces a waiting one of the same topic', async () => {
    for (const text of ['1 new', '2 new']) await send(() => undefined, text, { topic: 'unread' });
    await send(() => undefined, 'other', { topic: 'grades' });
    expect((await received()).map(({ payload }) => payload)).toEqual(['2 new', 'other']);
  });

  it.each<[string, number, (headers: Record<string, string>) => void]>([
    ['has no TTL', 400, (headers) => delete headers['ttl']],
    ['has a TTL that is no number', 400, (headers) => (headers['ttl'] = 'soon')],
    ['has an unknown urgency', 400, (headers) => (headers['urgency'] = 'now')],
    ['has no authorization', 401, (headers) => delete headers['authorization']],
    ['has another scheme', 403, (headers) => (headers['authorization'] = 'WebPush abc')],
    ['has the old encoding', 415, (headers) => (headers['content-encoding'] = 'aesgcm')],
  ])('is refused when it %s', async (_, status, change) => {
    expect((await send(change)).status).toBe(status);
    expect(await received()).toEqual([]);
  });

  it.each<[string, Record<string, unknown>]>([
    ['is for another origin', { aud: 'https://push.example.com' }],
    ['has expired', { exp: Math.floor(Date.now() / 1000) - 10 }],
    ['would be good for more than a day', { exp: Math.floor(Date.now() / 1000) + 25 * 3600 }],
    ['names no contact', { sub: 'ops' }],
    ['has no contact', { sub: undefined }],
  ])('is refused when its token %s', async (_, claims) => {
    const authorization = await token(claims);
    expect((await send((headers) => (headers['authorization'] = authorization))).status).toBe(403);
    const good = await token({});
    expect((await send((headers) => (headers['authorization'] = good))).status).toBe(201);
  });

  it('is refused when it is larger than 4096 bytes', async () => {
    expect((await send(() => undefined, 'x'.repeat(4500))).status).toBe(413);
    expect((await send(() => undefined, 'x'.repeat(3900))).status).toBe(201);
  });

  it('fails as often as told, and then ends with 410', async () => {
    push.setFaults({ failNext: 1 });
    expect((await send(() => undefined)).status).toBe(429);
    expect((await send(() => undefined)).status).toBe(201);
    expect((await fetch(`${push.url}/subscriptions/${subscription.id}`, { method: 'DELETE' })).status).toBe(204);
    expect((await send(() => undefined)).status).toBe(410);
  });
});
