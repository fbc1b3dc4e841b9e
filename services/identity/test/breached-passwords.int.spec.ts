import { createHash } from 'node:crypto';
import { type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { passwordResetRequested } from '@lyceum/contracts';
import { PASSWORD, Platform, person } from './platform.js';

const BREACHED = 'seven grey herons waded';
const problem = { status: 400, body: expect.objectContaining({ code: 'identity.password-refused' }) };
const digestOf = (password: string) => createHash('sha1').update(password).digest('hex').toUpperCase();
const filler = (n: number) => createHash('sha1').update(`${n}`).digest('hex').toUpperCase().slice(5);

jest.setTimeout(30_000);

describe('passwords of breaches', () => {
  const platform = new Platform();
  const asked: { url: string; padding: unknown }[] = [];
  let server: Server;
  /** A range as Have I Been Pwned answers it, with padding. */
  const range = (response: ServerResponse, count = 3) => {
    const lines = [`${filler(1)}:12`, `${digestOf(BREACHED).slice(5)}:${count}`, `${filler(2)}:0`];
    response.end(lines.join('\r\n'));
  };
  let answer: (response: ServerResponse) => void = range;

  beforeAll(async () => {
    server = createServer((request, response) => {
      asked.push({ url: request.url ?? '', padding: request.headers['add-padding'] });
      answer(response);
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    await platform.start({ BREACHED_PASSWORDS_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` });
  }, 60_000);
  afterAll(async () => {
    await platform.close();
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  }, 30_000);
  afterEach(() => {
    answer = range;
  });

  const register = (email: string, password: string) => platform.post('/auth/register', person(email, { password }));
  const checked = async (outcome: string) => {
    const text = String((await platform.request('GET', '/metrics')).body);
    const line = new RegExp(`^lyceum_identity_breach_checks_total\\{.*outcome="${outcome}".*\\} (\\d+)$`, 'm');
    const [, count = '0'] = line.exec(text) ?? [];
    return Number(count);
  };

  it('are refused wherever a password is chosen', async () => {
    const refused = await register('breach@example.com', BREACHED);
    expect(refused).toMatchObject(problem);
    expect(refused.body).toMatchObject({ errors: [{ path: 'password', message: expect.stringContaining('breach') }] });
    const { accessToken } = await platform.signedIn('breach@example.com');
    const change = { currentPassword: PASSWORD, newPassword: BREACHED };
    expect(await platform.post('/me/password', change, accessToken)).toMatchObject(problem);
    await platform.post('/auth/forgot-password', { email: 'breach@example.com' });
    const token = await platform.mailedToken('breach@example.com', 1, passwordResetRequested.type);
    expect(await platform.post('/auth/reset-password', { token, newPassword: BREACHED })).toMatchObject(problem);
    expect(await checked('breached')).toBe(3);
  });

  it('are looked up by five digits, so that nobody learns which', async () => {
    asked.length = 0;
    await register('digits@example.com', BREACHED);
    expect(asked).toEqual([{ url: `/range/${digestOf(BREACHED).slice(0, 5)}`, padding: 'true' }]);
  });

  it('are not taken for such because a line pads the answer', async () => {
    answer = (response) => range(response, 0);
    expect((await register('padding@example.com', BREACHED)).status).toBe(202);
  });

  it.each<[string, (response: ServerResponse) => void]>([
    ['does not answer', () => undefined],
    ['stops in the middle', (response) => void response.write(`${filler(1)}:1\r\n`)],
    ['answers 503', (response) => void response.writeHead(503).end()],
    ['sends elsewhere', (response) => void response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()],
    ['answers something else', (response) => void response.end('<html>')],
    ['answers without end', (response) => void response.end(`${filler(1)}:1\r\n`.repeat(50_000))],
  ])(
    'cannot be known while the service %s: people register all the same, and it is counted',
    async (how, misbehave) => {
      answer = misbehave;
      const before = await checked('unavailable');
      const begun = performance.now();
      expect((await register(`${how.replaceAll(' ', '-')}@example.com`, BREACHED)).status).toBe(202);
      expect(performance.now() - begun).toBeLessThan(10_000);
      expect(await checked('unavailable')).toBe(before + 1);
      expect(await register('still@example.com', 'Password1234')).toMatchObject(problem);
    },
  );
});
