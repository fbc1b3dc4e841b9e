import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { ApiDocument, type Operation } from '@lyceum/testing';
import { Platform, type Tokens, person } from './platform.js';

jest.setTimeout(120_000);

/** Signing in elsewhere carries its state in a cookie from there and back, and has tests of its own. */
const isElsewhere = ({ path }: Operation): boolean => path.startsWith('/auth/external');
const EVIL = 'evil.example';

describe('what a page of somebody else makes a browser send', () => {
  const platform = new Platform();
  let document: ApiDocument;
  let ada: Tokens;
  beforeAll(async () => {
    await platform.start();
    document = new ApiDocument(platform.service.service.openApi());
    await platform.signedIn('ada@example.com');
    await platform.post('/auth/verify-email', { token: await platform.mailedToken('ada@example.com') });
    ada = await platform.signIn('ada@example.com');
  }, 60_000);
  afterAll(() => platform.close(), 30_000);

  const own = () => document.operations().filter((each) => !isElsewhere(each));

  /** As a browser would, also with headers that fetch does not let anybody set. */
  async function send(operation: Operation, more: { headers?: Record<string, string>; query?: string; raw?: string }) {
    const { path, body } = document.request(operation);
    const content = more.raw ?? (body === undefined ? undefined : JSON.stringify(body));
    const json = body === undefined ? {} : { 'content-type': 'application/json' };
    const length = content === undefined ? {} : { 'content-length': String(Buffer.byteLength(content)) }; // DELETE has none else
    const asked = request(`${platform.service.url}${path}${more.query ?? ''}`, {
      method: operation.method,
      headers: { ...json, ...length, ...more.headers },
    });
    asked.end(content);
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    return { status: answer.statusCode ?? 0, headers: answer.headers, text: await text(answer) };
  }

  it('is nobody’s by a cookie: no route goes by one, and none sets one', async () => {
    const cookie = ['access_token', 'token', 'session', 'sid', 'refreshToken', '__Host-session']
      .flatMap((name) => [`${name}=${ada.accessToken}`, `${name}=${ada.refreshToken}`])
      .join('; ');
    for (const operation of own()) {
      const { status, headers, text: said } = await send(operation, { headers: { cookie } });
      const isVisitor = operation.access === 'public' || (status === 401 && said.includes('http.not-signed-in'));
      expect([operation.path, headers['set-cookie'], isVisitor]).toEqual([operation.path, undefined, true]);
    }
  });

  it('is refused as a form or as plain text wherever JSON is taken: that is all that goes out unasked', async () => {
    const routes = own().filter(({ body }) => body !== undefined);
    expect(routes.length).toBeGreaterThan(15);
    for (const operation of routes)
      for (const type of ['application/x-www-form-urlencoded', 'text/plain', 'multipart/form-data; boundary=x']) {
        const headers = { 'content-type': type, origin: `https://${EVIL}`, authorization: `Bearer ${ada.accessToken}` };
        const { status, text: said } = await send(operation, { headers });
        // an administrator's routes may be closed to Ada before
        const isHers = operation.access.includes('STUDENT') || operation.access === 'public';
        expect([operation.path, type, isHers ? [415] : [403, 415], said]).toEqual([
          operation.path,
          type,
          expect.arrayContaining([status]),
          said,
        ]);
      }
  });

  it('is a form only for the pages of mails, where the token in it is the authority', async () => {
    const takesForms = own().filter(({ consumes }) => consumes.includes('application/x-www-form-urlencoded'));
    expect(takesForms.map(({ path }) => path).toSorted((a, b) => a.localeCompare(b))).toEqual(
      expect.arrayContaining(['/email-change/confirm', '/email-change/stop', '/reset-password', '/verify-email']),
    );
    for (const operation of takesForms) {
      const headers = {
        'content-type': 'application/x-www-form-urlencoded',
        authorization: `Bearer ${ada.accessToken}`,
      };
      const { status } = await send(operation, { headers, raw: 'newPassword=a+lantern+over+the+bay' });
      expect([operation.path, status]).toEqual([operation.path, 410]);
    }
  });

  it('leads nowhere else: no route redirects to where a query, a header or a body says', async () => {
    const target = encodeURIComponent(`https://${EVIL}/`);
    const names = ['next', 'url', 'redirect', 'redirect_uri', 'returnTo', 'return_url', 'continue', 'callback', 'goto'];
    const query = `?${names.map((name) => `${name}=${target}`).join('&')}`;
    for (const operation of own().filter(({ path }) => !path.startsWith('/operations/'))) {
      const headers = {
        authorization: `Bearer ${ada.accessToken}`,
        referer: `https://${EVIL}/`,
        origin: `https://${EVIL}`,
      };
      const { status, headers: answered, text: said } = await send(operation, { headers, query });
      expect([operation.path, status >= 300 && status < 400, answered.location]).toEqual([
        operation.path,
        false,
        undefined,
      ]);
      expect(said).not.toContain(EVIL);
    }
  });

  it('has links to us in its answers and mails, whatever Host and the forwarding headers say', async () => {
    const headers = {
      host: EVIL,
      'x-forwarded-host': EVIL,
      'x-forwarded-proto': 'javascript',
      'x-original-host': EVIL,
      forwarded: `host=${EVIL};proto=http`,
      'x-host': EVIL,
    };
    const { accessToken } = await platform.signedIn('linked@example.com');
    for (const operation of own()) {
      const { text: said, headers: answered } = await send(operation, {
        headers: { ...headers, authorization: `Bearer ${accessToken}` },
      });
      expect([operation.path, said.includes(EVIL), JSON.stringify(answered).includes(EVIL)]).toEqual([
        operation.path,
        false,
        false,
      ]);
    }
    await platform.post('/auth/register', person('led@example.com'), undefined, headers);
    await platform.post('/auth/forgot-password', { email: 'led@example.com' }, undefined, headers);
    await platform.told('identity.password-reset-requested.v1', 'led@example.com');
    expect(JSON.stringify(platform.service.bus.published)).not.toContain(EVIL);
    expect(await platform.stored()).not.toContain(EVIL);
  });
});
