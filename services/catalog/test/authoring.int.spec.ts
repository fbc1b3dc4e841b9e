import { newId } from '@lyceum/kernel';
import { ownPaths } from '@lyceum/testing';
import { type CatalogUnderTest, admin, instructor, startCatalog, student } from './catalog.js';
import { prepare, published, succeeded } from './courses.js';

let catalog: CatalogUnderTest;
beforeAll(async () => {
  catalog = await startCatalog();
}, 60_000);
afterAll(() => catalog?.close());

const code = (answer: { status: number; body: { code: string } }) => `${answer.status} ${answer.body.code}`;

describe('beginning a course', () => {
  it('needs a title only, and tells the world', async () => {
    const as = instructor();
    const answer = await catalog.ask('POST /courses', { as, body: { title: '  Practical   TypeScript ' } });
    expect(answer.status).toBe(201);
    expect(answer.headers.get('etag')).toBe('"v1"');
    expect(answer.body).toMatchObject({
      instructorId: as.sub,
      status: 'draft',
      language: 'en',
      tags: [],
      sections: [],
    });
    await catalog.database.flush(5_000);
    const [event] = catalog.bus.ofType('catalog.course-created.v1').filter((e) => e.subject === answer.body.courseId);
    expect(event?.data).toMatchObject({ courseId: answer.body.courseId, instructorId: as.sub });
  });

  it('happens once for one Idempotency-Key', async () => {
    const as = instructor();
    const headers = { 'idempotency-key': newId() };
    const first = await catalog.ask('POST /courses', { as, body: { title: 'Once' }, headers });
    const second = await catalog.ask('POST /courses', { as, body: { title: 'Once' }, headers });
    expect(second.body.courseId).toBe(first.body.courseId);
    const { body } = await catalog.ask('GET /courses/mine', { as });
    expect(body.items).toHaveLength(1);
  });

  it.each([
    ['no title', {}, 'title'],
    ['an empty title', { title: '   ' }, 'title'],
    ['a title of two lines', { title: 'a\nb' }, 'title'],
    ['a title with control characters', { title: 'a\u0000b' }, 'title'],
    ['half a character', { title: 'a\uD800' }, 'title'],
    ['an unknown currency', { title: 'a', price: { amount: 100, currency: 'ABC' } }, 'price.currency'],
    ['a fraction of a cent', { title: 'a', price: { amount: 1.5, currency: 'EUR' } }, 'price.amount'],
    ['an unknown difficulty', { title: 'a', difficulty: 'hard' }, 'difficulty'],
    ['a tag twice', { title: 'a', tags: ['x', 'X'] }, 'tags'],
    ['too many tags', { title: 'a', tags: Array.from({ length: 21 }, (_, n) => `t${n}`) }, 'tags'],
    ['an operator for a text', { title: { $gt: '' } }, 'title'],
    ['an unknown field', { title: 'a', instructorId: 'me' }, ''],
  ])('is refused with %s', async (_, body, path) => {
    const answer = await catalog.ask('POST /courses', { as: instructor(), body });
    expect(code(answer)).toBe('400 http.invalid-request');
    expect(answer.body.errors.map((error: { path: string }) => error.path)).toContain(path);
  });
});

describe('a draft', () => {
  it('exists for its owner and for admins only', async () => {
    const { courseId, owner } = await prepare(catalog, instructor());
    expect((await catalog.ask(`GET /courses/${courseId}/draft`, { as: owner })).status).toBe(200);
    expect((await catalog.ask(`GET /courses/${courseId}/draft`, { as: admin() })).status).toBe(200);
    expect(code(await catalog.ask(`GET /courses/${courseId}/draft`, { as: instructor() }))).toBe(
      '404 catalog.course-not-found',
    );
    expect(code(await catalog.ask(`GET /courses/${courseId}/draft`, { as: student() }))).toBe('403 http.not-allowed');
    expect(code(await catalog.ask(`GET /courses/${courseId}/draft`))).toBe('401 http.not-signed-in');
    expect(code(await catalog.ask(`GET /courses/${courseId}`))).toBe('404 catalog.course-not-found');
  });

  it('is answered with 304 to somebody who has it', async () => {
    const { courseId, owner } = await prepare(catalog, instructor());
    const first = await catalog.ask(`GET /courses/${courseId}/draft`, { as: owner });
    const headers = { 'if-none-match': first.headers.get('etag') ?? '' };
    const again = await catalog.ask(`GET /courses/${courseId}/draft`, { as: owner, headers });
    expect([again.status, again.body]).toEqual([304, undefined]);
  });

  it('changes where an edit says so, and null takes a value back', async () => {
    const { courseId, owner } = await prepare(catalog, instructor());
    const body = { title: 'Better', price: null, tags: ['New'] };
    const answer = await catalog.ask(`PATCH /courses/${courseId}`, { as: owner, body });
    expect(answer.body).toMatchObject({ title: 'Better', tags: ['new'], category: 'programming' });
    expect(answer.body).not.toHaveProperty('price');
  });

  it('keeps its version when an edit changes nothing', async () => {
    const { courseId, owner } = await prepare(catalog, instructor());
    const before = await catalog.ask(`GET /courses/${courseId}/draft`, { as: owner });
    const { title, description, tags, price, sections } = before.body;
    const body = { title, description, tags, price: { currency: price.currency, amount: price.amount } };
    await catalog.ask(`PATCH /courses/${courseId}`, { as: owner, body });
    const [video, article] = sections[0].lectures;
    const same = { mediaId: video.mediaId, resourceMediaIds: [] };
    await catalog.ask(`PATCH /courses/${courseId}/lectures/${video.lectureId}`, { as: owner, body: same });
    const after = await catalog.ask(`PATCH /courses/${courseId}/lectures/${article.lectureId}`, {
      as: owner,
      body: { content: article.content },
    });
    expect([after.status, after.headers.get('etag')]).toEqual([200, before.headers.get('etag')]);
  });

  it('refuses an edit of a version that is no longer the current one', async () => {
    const { courseId, owner } = await prepare(catalog, instructor());
    const edit = (title: string, etag: string) =>
      catalog.ask(`PATCH /courses/${courseId}`, { as: owner, body: { title }, headers: { 'if-match': etag } });
    const etag = (await catalog.ask(`GET /courses/${courseId}/draft`, { as: owner })).headers.get('etag') ?? '';
    const [first, second] = await Promise.all([edit('One', etag), edit('Two', etag)]);
    expect(new Set([first.status, second.status])).toEqual(new Set([200, 412]));
    expect((await edit('Three', '"v1", W/"v2"')).body.code).toBe('http.stale-edit');
    expect((await edit('Four', 'nonsense')).status).toBe(412);
    expect((await edit('Five', '*')).status).toBe(200);
    const newest = (await catalog.ask(`GET /courses/${courseId}/draft`, { as: owner })).headers.get('etag') ?? '';
    expect((await edit('Six', `"v1", ${newest}`)).status).toBe(200);
  });

  it('tells a stranger nothing by way of If-Match', async () => {
    const { courseId } = await prepare(catalog, instructor());
    const headers = { 'if-match': '"v1"' };
    const answer = await catalog.ask(`PATCH /courses/${courseId}`, { as: instructor(), body: { title: 'x' }, headers });
    expect(code(answer)).toBe('404 catalog.course-not-found');
  });

  it('keeps the sections that twenty requests add at once', async () => {
    const as = instructor();
    const { courseId } = succeeded(await catalog.ask('POST /courses', { as, body: { title: 'Many hands' } })).body;
    const titles = Array.from({ length: 20 }, (_, n) => `Section ${n}`);
    await Promise.all(
      titles.map((title) => catalog.ask(`POST /courses/${courseId}/sections`, { as, body: { title } })),
    );
    const { body } = await catalog.ask(`GET /courses/${courseId}/draft`, { as });
    expect(body.sections.map((section: { title: string }) => section.title).sort()).toEqual(titles.sort());
  });
});

describe('sections and lectures', () => {
  it('are renamed, changed and taken out', async () => {
    const { courseId, owner: as, sections } = await prepare(catalog, instructor());
    const [first, second] = sections;
    const [video, article] = first?.lectures ?? [];
    const at = `/courses/${courseId}`;
    expect(
      (await catalog.ask(`PATCH ${at}/sections/${first?.sectionId}`, { as, body: { title: 'Begin' } })).body,
    ).toMatchObject({ sectionId: first?.sectionId, title: 'Begin' });
    const content = '<script>alert(1)</script> & *stars*';
    const edited = await catalog.ask(`PATCH ${at}/lectures/${article?.lectureId}`, {
      as,
      body: { content, preview: true },
    });
    expect(edited.body).toMatchObject({ lectureId: article?.lectureId, content, preview: true, title: 'Read on' });
    expect((await catalog.ask(`DELETE ${at}/lectures/${video?.lectureId}`, { as })).status).toBe(204);
    expect((await catalog.ask(`DELETE ${at}/sections/${second?.sectionId}`, { as })).status).toBe(204);
    const { body } = await catalog.ask(`GET ${at}/draft`, { as });
    expect(body.sections).toMatchObject([{ title: 'Begin', lectures: [{ lectureId: article?.lectureId }] }]);
    expect(code(await catalog.ask(`DELETE ${at}/lectures/${video?.lectureId}`, { as }))).toBe(
      '404 catalog.lecture-not-found',
    );
    expect(code(await catalog.ask(`DELETE ${at}/sections/${second?.sectionId}`, { as }))).toBe(
      '404 catalog.section-not-found',
    );
  });

  it('take their place where the request says', async () => {
    const { courseId, owner: as } = await prepare(catalog, instructor());
    await catalog.ask(`POST /courses/${courseId}/sections`, { as, body: { title: 'Zero', position: 0 } });
    const { body } = await catalog.ask(`GET /courses/${courseId}/draft`, { as });
    expect(body.sections.map((section: { title: string }) => section.title)).toEqual(['Zero', 'Start', 'Check']);
  });

  it('are put into another order, lectures across sections too', async () => {
    const { courseId, owner: as, sections } = await prepare(catalog, instructor());
    const [first, second] = sections;
    const [video, article] = first?.lectures ?? [];
    const test = second?.lectures[0];
    const order = [
      { sectionId: second?.sectionId, lectures: [article?.lectureId, test?.lectureId] },
      { sectionId: first?.sectionId, lectures: [video?.lectureId] },
    ];
    const answer = await catalog.ask(`PUT /courses/${courseId}/outline`, { as, body: { sections: order } });
    const ids = answer.body.sections.map((section: { sectionId: string; lectures: { lectureId: string }[] }) => ({
      sectionId: section.sectionId,
      lectures: section.lectures.map(({ lectureId }) => lectureId),
    }));
    expect(ids).toEqual(order);
  });

  it('are neither lost nor doubled by a new order', async () => {
    const { courseId, owner: as, sections } = await prepare(catalog, instructor());
    const [first] = sections;
    const body = {
      sections: [
        {
          sectionId: first?.sectionId,
          lectures: [first?.lectures[0]?.lectureId, first?.lectures[0]?.lectureId, 'foreign'],
        },
      ],
    };
    const answer = await catalog.ask(`PUT /courses/${courseId}/outline`, { as, body });
    expect(code(answer)).toBe('422 catalog.outline-mismatch');
  });

  it('have only the fields of their kind', async () => {
    const { courseId, owner: as, sections } = await prepare(catalog, instructor());
    const [first] = sections;
    const video = await catalog.ask(`PATCH /courses/${courseId}/lectures/${first?.lectures[0]?.lectureId}`, {
      as,
      body: { content: 'text' },
    });
    expect(code(video)).toBe('422 catalog.not-of-this-kind');
    const added = await catalog.ask(`POST /courses/${courseId}/sections/${first?.sectionId}/lectures`, {
      as,
      body: { kind: 'quiz', title: 'x', content: 'text' },
    });
    expect(code(added)).toBe('400 http.invalid-request');
  });
});

describe('my courses', () => {
  it('are paged, newest first, each once, without content', async () => {
    const as = instructor();
    for (const title of ['One', 'Two', 'Three']) await catalog.ask('POST /courses', { as, body: { title } });
    const titles: string[] = [];
    let after = '';
    do {
      const { body } = await catalog.ask(`GET /courses/mine?limit=1${after}`, { as });
      titles.push(...body.items.map((item: { title: string }) => item.title));
      expect(body.items[0]).not.toHaveProperty('sections');
      after = body.next ? `&after=${body.next}` : '';
    } while (after);
    expect(titles).toEqual(['Three', 'Two', 'One']);
    expect(code(await catalog.ask('GET /courses/mine?after=bm9uc2Vuc2U', { as }))).toBe('400 http.invalid-cursor');
    expect(code(await catalog.ask('GET /courses/mine'))).toBe('401 http.not-signed-in');
  });

  it('say where each stands', async () => {
    const as = instructor();
    const archived = await published(catalog, as, { title: 'Old' });
    await catalog.ask(`POST /courses/${archived.courseId}/archive`, { as });
    const current = await published(catalog, as, { title: 'Now' });
    const draft = await prepare(catalog, as, { title: 'Soon' });
    const { body } = await catalog.ask('GET /courses/mine', { as });
    expect(body.items).toMatchObject([
      { courseId: draft.courseId, title: 'Soon', status: 'draft' },
      { courseId: current.courseId, title: 'Now', status: 'published', edition: 1, slug: current.slug },
      { courseId: archived.courseId, title: 'Old', status: 'archived' },
    ]);
  });
});

describe('the reference', () => {
  it('calls every id by what it is the id of', () => {
    const { components } = catalog.service.openApi();
    // CloudEvents has its own names
    const foreign = /^(Problem|DeadLetter$|EventList$)/;
    const named = Object.entries(components?.schemas ?? {}).filter(([name]) => !foreign.test(name));
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter(([, schema]) => JSON.stringify(schema).includes('"id":')).map(([name]) => name)).toEqual([]);
  });

  it('names every route with its refusals', () => {
    const { paths } = catalog.service.openApi();
    const routes = Object.entries(ownPaths(paths)).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(routes.sort()).toEqual([
      'DELETE /courses/{courseId}/lectures/{lectureId}',
      'DELETE /courses/{courseId}/sections/{sectionId}',
      'GET /courses',
      'GET /courses/mine',
      'GET /courses/{courseId}',
      'GET /courses/{courseId}/draft',
      'GET /courses/{courseId}/lectures/{lectureId}',
      'PATCH /courses/{courseId}',
      'PATCH /courses/{courseId}/lectures/{lectureId}',
      'PATCH /courses/{courseId}/sections/{sectionId}',
      'POST /courses',
      'POST /courses/{courseId}/archive',
      'POST /courses/{courseId}/publish',
      'POST /courses/{courseId}/sections',
      'POST /courses/{courseId}/sections/{sectionId}/lectures',
      'PUT /courses/{courseId}/outline',
    ]);
    expect(Object.keys(paths['/courses/{courseId}/publish']?.post?.responses ?? {})).toEqual(
      expect.arrayContaining(['200', '401', '403', '404', '412', '422']),
    );
  });
});
