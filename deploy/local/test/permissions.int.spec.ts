import { z } from 'zod';
import { permissionsPage } from '../src/docs/pages.js';
import { closedRoutes, undocumentedRoutes } from '../src/docs/routes.js';
import { type Platform, startPlatform } from '../src/platform.js';
import { Callers, type Kind, admin, kinds, refusalFor } from './callers.js';
import { ApiDocument, type Operation } from '@lyceum/testing';

jest.setTimeout(300_000);

/** What the guard says, before anything else of a request is looked at. */
const guardCodes = [
  'http.not-signed-in',
  'http.token-refused',
  'http.not-allowed',
  'http.email-not-verified',
  'http.route-closed',
];

/** What takes one all the same, and why it may: `POST /somewhere: returnTo` -> only paths of our own. */
const ofAList = 'compared letter by letter with the addresses that are configured';
const knownAddresses: Readonly<Record<string, string>> = {
  'POST /auth/external/{provider}/begin: returnTo': ofAList,
  'POST /me/external-identities/{provider}/begin: returnTo': ofAList,
};

const addressOf = (n: number): string => `10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`;

const closed = { responses: {}, 'x-access': 'closed' };

describe('who may call what', () => {
  let platform: Platform;
  let callers: Callers;
  let asked = 0;
  beforeAll(async () => {
    platform = await startPlatform({ admin });
    callers = new Callers(platform);
  });
  afterAll(() => platform?.close());

  const stateful = () => platform.services.filter(({ name }) => name !== 'edge');

  it('every route that is served stands in an API document, and no route is closed to everybody', () => {
    expect(undocumentedRoutes(platform.services)).toEqual([]);
    expect(closedRoutes(platform.services)).toEqual([]);
  });

  it('a route that is served without being documented, or that nobody may call, is named', () => {
    const forgetful = platform.services.map((service) => ({
      ...service,
      openApi: () => {
        const { paths, ...rest } = service.openApi();
        const { '/payments': _, ...others } = paths;
        return { ...rest, paths: service.name === 'billing' ? { ...others, '/new': { get: closed } } : paths };
      },
    }));
    expect(undocumentedRoutes(forgetful)).toEqual(['billing GET /payments']);
    expect(closedRoutes(forgetful)).toEqual(['billing GET /new']);
  });

  it('every operation is described', () => {
    const silent = stateful().flatMap((service) =>
      new ApiDocument(service.openApi())
        .operations()
        .filter(({ summary }) => !summary)
        .map(({ method, path }) => `${service.name} ${method} ${path}`),
    );
    expect(silent).toEqual([]);
  });

  it('no route takes an address of the web: nobody is led elsewhere by us, and we are not made to fetch anything', () => {
    const taken = stateful().flatMap((service) => {
      const document = new ApiDocument(service.openApi());
      return document
        .operations()
        .flatMap((operation) =>
          [...document.fields(operation), ...operation.parameters]
            .filter(({ name }) => /ur[il]|redirect|return|callback|continue/i.test(name))
            .map(({ name }) => `${operation.method} ${operation.path}: ${name}`),
        );
    });
    expect(taken.filter((each) => !(each in knownAddresses))).toEqual([]);
  });

  it.each(kinds)('exactly the marked roles get past the guard of every route: %s', async (kind) => {
    const wrong: string[] = [];
    for (const service of stateful()) {
      const { name, url } = service;
      const document = new ApiDocument(service.openApi());
      for (const operation of document.operations()) {
        const { status, code } = await ask(url, document, operation, kind);
        // a public route may have a rule of its own about visitors, if it says so
        const isOwnRule = operation.access === 'public' && operation.refuses.includes(`\`${code}\``);
        const refusal = code !== undefined && guardCodes.includes(code) && !isOwnRule ? code : undefined;
        const expected = refusalFor(kind, operation.access);
        if (refusal !== expected || status >= 500)
          wrong.push(
            `${name} ${operation.method} ${operation.path} (${operation.access}): ${status} ${code ?? ''}, not ${expected ?? 'past the guard'}`,
          );
      }
    }
    expect(wrong).toEqual([]);
    expect(asked).toBeGreaterThan(100 * (kinds.indexOf(kind) + 1));
  });

  it('what is not routed cannot be reached through the edge, by an administrator neither', async () => {
    const api = await callers.api('admin');
    for (const path of [
      '/unknown',
      '/.well-known/ended-sessions',
      '/metrics',
      '/identity/me',
      '/operations/nobody',
      '/internal',
    ])
      await expect(
        api.get(path, { expect: 404, schema: z.looseObject({ code: z.literal('http.not-found') }) }),
      ).resolves.toBeDefined();
  });

  async function ask(
    url: string,
    document: ApiDocument,
    operation: Operation,
    kind: Kind,
  ): Promise<{ status: number; code: string | undefined }> {
    const { path, body } = document.request(operation);
    const token = await callers.token(kind);
    const response = await fetch(url + path, {
      method: operation.method,
      redirect: 'manual',
      headers: {
        'x-forwarded-for': addressOf((asked += 1)), // else all of them together would be slowed down as guesses
        ...(token ? { authorization: `Bearer ${token}` } : {}),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const type = response.headers.get('content-type') ?? '';
    const problem = z
      .looseObject({ code: z.string().optional() })
      .safeParse(type.includes('problem') ? await response.json() : {});
    await response.body?.cancel().catch(() => undefined); // of a stream that never ends
    if (response.ok && operation.method !== 'GET') callers.forget(kind); // it may have ended the session
    return { status: response.status, code: problem.data?.code };
  }
});

describe('the page of permissions', () => {
  it('shows a route without a mark as one that nobody may call', () => {
    const page = permissionsPage({ paths: { '/new': { get: { summary: 'Something new', 'x-access': 'closed' } } } });
    expect(page).toContain('| `GET /new` |  |  |  |  |');
    expect(page).toContain('closed to everybody');
  });
});
