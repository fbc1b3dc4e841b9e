import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Platform, startPlatform } from '../src/platform.js';
import { belongings } from './belongings.js';
import { Callers, type Kind, admin } from './callers.js';
import { type Ownership, type Things, ownership } from './ownership.js';
import { ApiDocument, type Ids, type Operation } from '@lyceum/testing';

jest.setTimeout(300_000);

const nameOf = ({ method, path }: Operation): string => `${method} ${path}`;

describe('what belongs to somebody', () => {
  let platform: Platform;
  let callers: Callers;
  let things: Things;
  const operations = new Map<string, { operation: Operation; document: ApiDocument; url: string }>();
  beforeAll(async () => {
    platform = await startPlatform({ admin });
    callers = new Callers(platform);
    things = await belongings(await callers.api('instructor'), await callers.api('learner'));
    for (const service of platform.services) {
      const document = new ApiDocument(service.openApi());
      for (const operation of document.operations())
        operations.set(nameOf(operation), { operation, document, url: service.url });
    }
  });
  afterAll(() => platform?.close());

  it('has a row for every route with an id that others than administrators may call', () => {
    const withId = [...operations.values()]
      .map(({ operation }) => operation)
      .filter(({ path, access }) => path.includes('{') && access !== 'ADMIN');
    const missing = withId.map(nameOf).filter((route) => !(route in ownership));
    expect(missing.map((route) => `${route}: say in ownership.ts whose it is`)).toEqual([]);
    expect(Object.keys(ownership).filter((route) => !operations.has(route))).toEqual([]);
  });

  describe.each(Object.entries(ownership).filter(isOwned))('%s', (route, { owner, strangers, body }) => {
    it.each(strangers)('is refused to the %s', async (kind) => {
      const { status, text } = await ask(route, things[owner], kind, body);
      // not as nonsense: the request is a good one
      expect(kind === 'visitor' ? [401, 403, 404] : [403, 404]).toContain(status);
      expect(text).not.toContain('http.not-allowed');
    });
    it(`is not refused to its ${owner}`, async () => {
      const { status, text } = await ask(route, things[owner], owner, body);
      expect([status < 500 && ![401, 403, 404].includes(status), text]).toEqual([true, text]);
    });
  });

  it.each(Object.entries(ownership).flatMap(([route, row]) => ('shownIn' in row ? [[route, row] as const] : [])))(
    '%s is shown elsewhere',
    (_route, { shownIn, title }) => {
      expect(readFileSync(join(__dirname, '../../..', shownIn), 'utf8').includes(title)).toBe(true);
    },
  );

  async function ask(route: string, ids: Ids, kind: Kind, body?: unknown): Promise<{ status: number; text: string }> {
    const known = operations.get(route);
    if (!known) throw new Error(`There is no route ${route}`);
    const sample = known.document.request(known.operation, ids);
    const content = body ?? sample.body;
    const token = await callers.token(kind);
    const response = await fetch(known.url + sample.path, {
      method: known.operation.method,
      redirect: 'manual',
      headers: {
        ...(token ? { authorization: `Bearer ${token}` } : {}),
        ...(content === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(content === undefined ? {} : { body: JSON.stringify(content) }),
    });
    return { status: response.status, text: await response.text() };
  }
});

type Owned = Extract<Ownership, { owner: string }>;
function isOwned(row: [string, Ownership]): row is [string, Owned] {
  return 'owner' in row[1];
}
