import { profileChanged, rolesChanged, userRegistered } from '@lyceum/contracts';
import { eventually } from '@lyceum/testing';
import { type CatalogUnderTest, type Person, instructor, startCatalog } from './catalog.js';
import { found, published, titlesOf } from './courses.js';

let catalog: CatalogUnderTest;
let grace: Person;
beforeAll(async () => {
  catalog = await startCatalog();
  grace = instructor();
  await register(grace, 'Grace', 'Hopper');
  for (const course of courses) await published(catalog, grace, course);
  await found(
    catalog,
    'limit=100',
    courses.map(({ title }) => title),
  );
}, 120_000);
afterAll(() => catalog?.close());

const eur = (amount: number) => ({ price: { amount, currency: 'EUR' } });
const plain = { summary: 'A course.', description: 'About it.', tags: [] as string[], category: 'programming' };
const courses = [
  { ...plain, title: 'Practical TypeScript', tags: ['typescript', 'web'], ...eur(4_900) },
  { ...plain, title: 'Python for Data', tags: ['python'], category: 'data', difficulty: 'advanced', ...eur(1_999) },
  { ...plain, title: 'Cooking Pasta', category: 'food', ...eur(0), summary: 'Not a python in sight.' },
  { ...plain, title: 'Crème brûlée', category: 'food', ...eur(2_000), language: 'fr' },
  { ...plain, title: 'Snakes', category: 'nature', ...eur(5_100), description: 'The reticulated python and others.' },
  { ...plain, title: 'C++ Internals', difficulty: 'advanced', price: { amount: 9_000, currency: 'JPY' } },
  { ...plain, title: '機械学習入門', category: 'data', language: 'ja', ...eur(3_000) },
];

async function register(person: Person, firstName: string, lastName: string): Promise<void> {
  await catalog.tell(userRegistered, {
    userId: person.sub,
    email: `${firstName.toLowerCase()}@example.com`,
    firstName,
    lastName,
    roles: [...person.roles],
    registeredAt: new Date().toISOString(),
  });
}

const search = async (query: string) => titlesOf(await catalog.ask(`GET /courses?${query}`));

describe('searching', () => {
  it('puts the title before the tags, these before the summary, and that before the description', async () => {
    expect(await search('q=python')).toEqual(['Python for Data', 'Cooking Pasta', 'Snakes']);
  });

  it('finds what has all the words, wherever they stand', async () => {
    expect(await search('q=the+python+cooking')).toEqual(['Cooking Pasta']);
    expect(await search('q=hopper+typescript')).toEqual(['Practical TypeScript']);
    expect(await search('q=python+typescript')).toEqual([]);
  });

  it('completes beginnings', async () => {
    expect(await search('q=typ')).toEqual(['Practical TypeScript']);
    expect((await search('q=py')).sort()).toEqual(['Cooking Pasta', 'Python for Data', 'Snakes']);
  });

  it.each([
    ['a letter missing', 'typscript'],
    ['two letters swapped', 'typsecript'],
    ['a letter too many', 'typescriipt'],
    ['two errors in a long word', 'tipescrypt'],
    ['one wrong word among right ones', 'practical typescrpt'],
  ])('forgives %s', async (_, q) => {
    const answer = await catalog.ask(`GET /courses?q=${encodeURIComponent(q)}`);
    expect(titlesOf(answer)).toEqual(['Practical TypeScript']);
    expect(answer.body).toMatchObject({ corrected: true, total: 1 });
  });

  it('does not guess where something is spelt so, nor at short words', async () => {
    expect((await catalog.ask('GET /courses?q=python')).body.corrected).toBe(false);
    expect((await catalog.ask('GET /courses?q=dat')).body).toMatchObject({ corrected: false, total: 2 });
    expect(await search('q=xat')).toEqual([]);
  });

  it('reads accents, letter case, signs and scripts without spaces', async () => {
    expect(await search('q=CREME+brulee')).toEqual(['Crème brûlée']);
    expect(await search(`q=${encodeURIComponent('c++')}`)).toEqual(['C++ Internals']);
    expect(await search(`q=${encodeURIComponent('学習')}`)).toEqual(['機械学習入門']);
  });

  it.each(['$where', '{"$gt":""}', '.*', '"', String.raw`\u0000`, '%F0%9F%98%80', 'a'.repeat(200)])(
    'takes %s for nothing but text',
    async (q) => {
      expect((await catalog.ask(`GET /courses?q=${encodeURIComponent(q)}`)).status).toBe(200);
    },
  );

  it('filters, and counts what each other choice would give', async () => {
    const { body } = await catalog.ask('GET /courses?category=food,data&price=20-50');
    expect(body.total).toBe(2);
    expect(body.facets.category).toEqual([
      { value: 'data', count: 1 },
      { value: 'food', count: 1 },
      { value: 'programming', count: 1 },
    ]);
    expect(
      Object.fromEntries(body.facets.price.map((f: { value: string; count: number }) => [f.value, f.count])),
    ).toEqual({ free: 1, 'under-20': 1, '20-50': 2 });
    expect(await search('difficulty=advanced&sort=title')).toEqual(['C++ Internals', 'Python for Data']);
    expect(await search('tag=web,typescript')).toEqual(['Practical TypeScript']);
    expect(await search('tag=web,python')).toEqual([]);
    expect(await search('language=fr')).toEqual(['Crème brûlée']);
  });

  it('sorts by price, title and age', async () => {
    const byPrice = ['Cooking Pasta', 'Python for Data', 'Crème brûlée', '機械学習入門', 'Practical TypeScript'];
    expect(await search('sort=price')).toEqual([...byPrice, 'Snakes', 'C++ Internals']);
    expect((await search('sort=-price')).slice(0, 2)).toEqual(['C++ Internals', 'Snakes']);
    expect((await search('sort=title')).slice(0, 3)).toEqual(['C++ Internals', 'Cooking Pasta', 'Crème brûlée']);
    expect(await search('sort=newest')).toEqual(courses.map(({ title }) => title).toReversed());
    expect(await search('q=python&sort=newest')).toEqual(['Snakes', 'Cooking Pasta', 'Python for Data']);
  });

  it.each(['', 'q=python&', 'q=pyton&', 'sort=price&', 'sort=-price&', 'sort=title&', 'sort=newest&'])(
    'pages through "%s" completely and without repetition',
    async (query) => {
      const whole = await search(`${query}limit=100`);
      const titles: string[] = [];
      let after = '';
      do {
        const { body } = await catalog.ask(`GET /courses?${query}limit=1${after}`);
        titles.push(...body.items.map(({ title }: { title: string }) => title));
        expect(body.total).toBe(whole.length);
        after = body.next ? `&after=${body.next}` : '';
      } while (after && titles.length < 50);
      expect(titles).toEqual(whole);
    },
  );

  it.each([
    ['limit=0', 'http.invalid-request'],
    ['sort=random', 'http.invalid-request'],
    ['price=cheap', 'http.invalid-request'],
    ['difficulty=hard', 'http.invalid-request'],
    ['after=x', 'http.invalid-cursor'],
    [`after=${Buffer.from('["newest",false,0,{"$gt":""},"x"]').toString('base64url')}`, 'http.invalid-cursor'],
    [
      `after=${Buffer.from('["relevance",false,9,"2026-01-01T00:00:00.000Z","x"]').toString('base64url')}`,
      'http.invalid-cursor',
    ],
  ])('refuses %s', async (query, refusal) => {
    const answer = await catalog.ask(`GET /courses?${query}`);
    expect([answer.status, answer.body.code]).toEqual([400, refusal]);
  });
});

describe('another instance', () => {
  it('finds what this one lists, and from its start on what was listed before', async () => {
    const other = await startCatalog(catalog);
    expect(titlesOf(await other.ask('GET /courses?q=typescript'))).toEqual(['Practical TypeScript']);
    const owner = instructor();
    const { courseId } = await published(catalog, owner, { ...plain, title: 'Elsewhere', ...eur(100) });
    await found(other, 'q=elsewhere', ['Elsewhere']);
    await catalog.ask(`POST /courses/${courseId}/archive`, { as: owner });
    await found(other, 'q=elsewhere', []);
    await other.close();
  });
});

describe('what can be found', () => {
  it('follows editions, not drafts, and leaves with the archive', async () => {
    const owner = instructor();
    const { courseId } = await published(catalog, owner, { ...plain, title: 'Zymurgy', ...eur(100) });
    await found(catalog, 'q=zymurgy', ['Zymurgy']);
    await catalog.ask(`PATCH /courses/${courseId}`, { as: owner, body: { title: 'Brewing' } });
    await catalog.ask(`POST /courses/${courseId}/publish`, { as: owner });
    await found(catalog, 'q=brewing', ['Brewing']);
    await found(catalog, 'q=zymurgy', []);
    await catalog.ask(`POST /courses/${courseId}/archive`, { as: owner });
    await found(catalog, 'q=brewing', []);
    await catalog.ask(`POST /courses/${courseId}/publish`, { as: owner });
    expect((await found(catalog, 'q=brewing', ['Brewing'])).body.items[0].edition).toBe(3);
    await catalog.ask(`POST /courses/${courseId}/archive`, { as: owner });
  });

  it('is the same when the news are told again, in any order', async () => {
    const owner = instructor();
    const { courseId } = await published(catalog, owner, { ...plain, title: 'Quokkas', ...eur(100) });
    await found(catalog, 'q=quokkas', ['Quokkas']);
    await catalog.ask(`POST /courses/${courseId}/archive`, { as: owner });
    await found(catalog, 'q=quokkas', []);
    const news = catalog.bus.published.filter(({ subject }) => subject === courseId);
    expect(news.map(({ type }) => type)).toContain('catalog.course-archived.v1');
    await catalog.bus.publish(news.toReversed());
    await catalog.bus.publish(news);
    expect(await search('q=quokkas')).toEqual([]);
  });

  it('learns the name of an instructor even when it comes late', async () => {
    const owner = instructor();
    const { courseId } = await published(catalog, owner, { ...plain, title: 'Numbers', ...eur(100) });
    await found(catalog, 'q=numbers', ['Numbers']);
    expect(await search('q=lovelace')).toEqual([]);
    await register(owner, 'Ada', 'Lovelace');
    const { body } = await found(catalog, 'q=lovelace', ['Numbers']);
    expect(body.items[0].instructor).toEqual({ instructorId: owner.sub, name: 'Ada Lovelace' });
    expect((await catalog.ask(`GET /courses/${courseId}`)).body.instructor.name).toBe('Ada Lovelace');
    const named = { userId: owner.sub, roles: [...owner.roles], changedAt: new Date().toISOString() };
    for (let times = 0; times < 2; times += 1)
      await catalog.tell(profileChanged, { ...named, firstName: 'Augusta', lastName: 'King' }, 4);
    await catalog.tell(profileChanged, { ...named, firstName: 'Ada', lastName: 'Late' }, 3);
    await found(catalog, 'q=augusta', ['Numbers']);
    expect(await search('q=lovelace')).toEqual([]);
    await eventually(async () =>
      expect((await catalog.ask(`GET /courses/${courseId}`)).body.instructor.name).toBe('Augusta King'),
    );
    await catalog.ask(`POST /courses/${courseId}/archive`, { as: owner });
    await found(catalog, 'q=numbers', []);
  });
});

it('learns the name of somebody who was made an instructor, once they are, and keeps it when they no longer are', async () => {
  const owner = instructor();
  await published(catalog, owner, { ...plain, title: 'Wombats', ...eur(100) });
  const named = { userId: owner.sub, firstName: 'Mary', lastName: 'Somerville' };
  const learner = { ...named, email: 'mary@example.com', roles: ['STUDENT' as const] };
  await catalog.tell(userRegistered, { ...learner, registeredAt: new Date().toISOString() }, 1);
  expect((await catalog.ask('GET /courses?q=somerville')).body.items).toEqual([]);
  const change = { ...learner, adminId: 'root', reason: 'Teaches', changedAt: new Date().toISOString() };
  const granted = { ...change, roles: ['STUDENT' as const, 'INSTRUCTOR' as const], granted: ['INSTRUCTOR' as const] };
  for (let times = 0; times < 2; times += 1) await catalog.tell(rolesChanged, { ...granted, revoked: [] }, 2);
  await found(catalog, 'q=somerville', ['Wombats']);
  await catalog.tell(rolesChanged, { ...change, granted: [], revoked: ['INSTRUCTOR'] }, 3);
  await catalog.tell(rolesChanged, { ...granted, revoked: [] }, 2);
  await found(catalog, 'q=somerville', ['Wombats']);
});

it('documents every parameter of every route', async () => {
  const { body } = await catalog.ask('GET /openapi.json');
  const { paths } = body as { paths: Record<string, Record<string, { parameters?: { in: string; name: string }[] }>> };
  for (const [path, operations] of Object.entries(paths))
    for (const [method, { parameters = [] }] of Object.entries(operations)) {
      const documented = parameters.filter((each) => each.in === 'path').map(({ name }) => name);
      expect([method, path, documented]).toEqual([method, path, path.match(/(?<={)\w+/g) ?? []]);
    }
  const filters = paths['/courses']?.['get']?.parameters?.map(({ name }) => name);
  expect(filters).toEqual(['limit', 'after', 'q', 'category', 'difficulty', 'language', 'price', 'tag', 'sort']);
});
