import { newId } from '@lyceum/kernel';
import { ApiDocument, type Operation } from '@lyceum/testing';
import { z } from 'zod';
import type { Account } from '../src/accounts/account.js';
import { AccountsStore } from '../src/accounts/accounts.store.js';
import { AccessTokens } from '../src/sessions/access-tokens.js';
import type { Authentication } from '../src/sessions/authentication.js';
import { open } from '../src/sessions/session.js';
import { Platform } from './platform.js';

const EMAIL = 'ada@example.com';

jest.setTimeout(120_000);

/** What MongoDB, or JavaScript, would take for more than a value. */
const operators: readonly unknown[] = [
  { $ne: null },
  { $gt: '' },
  { $regex: '.*' },
  { $where: 'sleep(1000)' },
  { $in: ['x'] },
  { '': 'x' },
  { toString: 'x' },
  [],
  ['x'],
  [{ $ne: null }],
  { constructor: { name: 'x' } },
];
/** What the body parser refuses before anybody looks. */
const poisons = ['{"__proto__":{"roles":["ADMIN"]}}', '{"constructor":{"prototype":{"roles":["ADMIN"]}}}'];

/** What somebody might want to set who is not asked. */
const wishes: Readonly<Record<string, unknown>> = {
  id: 'mine',
  _id: 'mine',
  roles: ['ADMIN'],
  isAdmin: true,
  verified: true,
  emailVerified: true,
  email_verified: true,
  verification: { status: 'verified' },
  status: 'active',
  passwordHash: '$argon2id$',
  version: 9,
  outbox: [],
  accountId: 'mine',
  userId: 'mine',
  $set: { roles: ['ADMIN'] },
};

describe('every route of identity', () => {
  const platform = new Platform();
  let document: ApiDocument;
  let token = '';
  let ada = '';
  let before: Account;
  beforeAll(async () => {
    await platform.start();
    document = new ApiDocument(platform.service.service.openApi());
    const { user } = await platform.signedIn(EMAIL);
    ada = user.id;
    await platform.post('/auth/verify-email', { token: await platform.mailedToken(EMAIL) });
    before = await account();
    token = await strongToken();
  }, 60_000);
  afterAll(() => platform.close(), 30_000);

  const parts = () => platform.service.service.app;
  async function account(): Promise<Account> {
    const found = await parts().get(AccountsStore).get(ada);
    if (!found) throw new Error('The account is gone');
    return found;
  }
  /** Of an administrator who has just proven two factors: whatever is refused is refused for what it says. */
  async function strongToken(): Promise<string> {
    const at = platform.clock.now();
    const device = { userAgent: 'Firefox', address: '127.0.0.1' };
    const authentication: Authentication = { at, methods: ['pwd', 'otp', 'mfa'] };
    const { state } = open(
      { id: newId(), accountId: ada, device, authentication, tokenHash: newId(), network: 'home' },
      at,
    );
    const { accessToken } = await parts()
      .get(AccessTokens)
      .sign({ ...before, roles: ['ADMIN'] }, state);
    return accessToken;
  }
  const own = () => document.operations().filter(({ path }) => !path.startsWith('/operations/'));
  const withBody = () => own().filter(({ body }) => body !== undefined);

  async function send({ method }: Operation, path: string, raw?: string) {
    const headers = {
      authorization: `Bearer ${token}`,
      'x-forwarded-for': anotherAddress(), // else all of them together would be slowed down as guesses
      ...(raw === undefined ? {} : { 'content-type': 'application/json' }),
    };
    const response = await fetch(platform.service.url + path, {
      method,
      headers,
      ...(raw === undefined ? {} : { body: raw }),
    });
    const text = await response.text();
    const isProblem = response.headers.get('content-type')?.includes('problem') ?? false;
    return { status: response.status, text, ...(isProblem ? Problem.parse(JSON.parse(text)) : {}) };
  }

  it('takes bodies whose fields are known', () => {
    expect(withBody().length).toBeGreaterThan(15);
    for (const operation of withBody()) {
      const fields = document.fields(operation).map(({ name }) => name);
      expect([operation.path, fields.length > 0]).toEqual([operation.path, true]);
    }
  });

  it('refuses an operator, a list or an object for every field of its body, and names the field', async () => {
    const passed: string[] = [];
    for (const operation of withBody())
      for (const field of document.fields(operation))
        for (const operator of operators.filter((each) => !(field.isList && isListOfTexts(each)))) {
          const { path } = document.request(operation);
          const answer = await send(operation, path, JSON.stringify(field.bodyWith(operator)));
          const named = answer.errors?.some(
            ({ path: at }) => at === '' || at.startsWith(field.name) || field.name.startsWith(at),
          );
          if (answer.status !== 400 || answer.code !== 'http.invalid-request' || !named)
            passed.push(
              `${operation.method} ${operation.path} ${field.name} = ${JSON.stringify(operator)}: ${answer.status} ${answer.text.slice(0, 300)}`,
            );
        }
    expect(passed).toEqual([]);
  });

  it('refuses what would change the prototype of everything, wherever it stands', async () => {
    for (const operation of withBody())
      for (const poison of poisons) {
        const { path } = document.request(operation);
        const [field] = document.fields(operation);
        const within = JSON.stringify(field?.bodyWith('HERE')).replace('"HERE"', poison);
        for (const raw of [poison, within])
          expect([operation.path, await send(operation, path, raw)]).toEqual([
            operation.path,
            expect.objectContaining({ status: 400, code: 'http.malformed-body' }),
          ]);
      }
    expect({}).not.toHaveProperty('roles');
  });

  it('refuses a property that it does not know: nobody makes himself an administrator, verified or somebody else', async () => {
    const passed: string[] = [];
    for (const operation of withBody()) {
      const { path, body } = document.request(operation);
      const known = new Set(document.fields(operation).map(({ name }) => name));
      for (const [wish, value] of Object.entries(wishes).filter(([name]) => !known.has(name))) {
        const { status, code, errors } = await send(
          operation,
          path,
          JSON.stringify({ ...Object(body), [wish]: value }),
        );
        const named = errors?.some(
          ({ path: at, message }) => at === '' && (message.includes(wish) || message === 'Invalid input'),
        );
        if (status !== 400 || code !== 'http.invalid-request' || !named)
          passed.push(`${operation.method} ${operation.path} ${wish}: ${status} ${code} ${JSON.stringify(errors)}`);
      }
    }
    expect(passed).toEqual([]);
  });

  it('takes an operator in its query for a text or for nothing', async () => {
    for (const operation of own().filter(({ method }) => method === 'GET')) {
      const { path } = document.request(operation);
      const names = operation.parameters.filter((each) => each.in === 'query').map(({ name }) => name);
      for (const name of [...names, 'unknown'])
        for (const query of [
          `${name}[$ne]=`,
          `${name}[$gt]=&${name}[$ne]=x`,
          `${name}=a&${name}=b`,
          `${name}[]=a`,
          `${name}=%00`,
          `${name}=%7B%22%24ne%22%3Anull%7D`,
          '__proto__[roles]=ADMIN',
          'constructor[prototype][roles]=ADMIN',
          '$where=1',
          `${name}=${'x'.repeat(5_000)}`,
        ]) {
          const { status, text } = await send(operation, `${path}?${query}`);
          expect([operation.path, query.slice(0, 60), status < 500 && !text.includes('$ne')]).toEqual([
            operation.path,
            query.slice(0, 60),
            true,
          ]);
        }
    }
    expect({}).not.toHaveProperty('roles');
  });

  it('takes an operator in its path for an id that there is not', async () => {
    const evil = [
      '{"$ne":null}',
      '[$ne]',
      '$ne',
      '__proto__',
      'constructor',
      '..',
      '\0',
      "' || '1'=='1",
      '*',
      'x'.repeat(400),
      '%',
      'ffffffff',
    ];
    for (const operation of own().filter(({ path }) => path.includes('{')))
      for (const id of evil) {
        const path = operation.path.replaceAll(/\{\w+\}/g, encodeURIComponent(id));
        const { body } = document.request(operation);
        const { status } = await send(operation, path, body === undefined ? undefined : JSON.stringify(body));
        expect([operation.path, id.slice(0, 20), [400, 404, 414].includes(status), status]).toEqual([
          operation.path,
          id.slice(0, 20),
          true,
          status,
        ]);
      }
  });

  it('and nobody’s account is another one after all this', async () => {
    expect(await account()).toEqual(before);
    const { user } = await platform.signIn(EMAIL);
    expect(user).toMatchObject({ roles: ['STUDENT'], emailVerified: true });
  });
});

let addresses = 0;
function anotherAddress(): string {
  addresses += 1;
  return `10.${(addresses >> 16) & 255}.${(addresses >> 8) & 255}.${addresses & 255}`;
}

const isListOfTexts = (value: unknown): boolean =>
  Array.isArray(value) && value.every((each) => typeof each === 'string');

const Problem = z.looseObject({
  code: z.string(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
});
