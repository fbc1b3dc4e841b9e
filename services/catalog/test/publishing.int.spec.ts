import {
  courseArchived,
  coursePublished,
  enrollmentActivated,
  enrollmentEnded,
  mediaReady,
  mediaRejected,
} from '@lyceum/contracts';
import { newId } from '@lyceum/kernel';
import { CoursesStore } from '../src/courses/courses.store.js';
import type { Edition } from '../src/publishing/edition.js';
import { EditionsStore } from '../src/publishing/editions.store.js';
import { type Answer, type CatalogUnderTest, admin, instructor, startCatalog, student } from './catalog.js';
import { prepare, published, succeeded, upload } from './courses.js';

let catalog: CatalogUnderTest;
beforeAll(async () => {
  catalog = await startCatalog();
}, 60_000);
afterAll(() => catalog?.close());

const code = (answer: Answer) => `${answer.status} ${answer.body.code}`;
const missingPaths = (answer: Answer) => answer.body.missing.map(({ path }: { path: string }) => path);

async function publications(courseId: string) {
  await catalog.database.flush(5_000);
  return catalog.bus
    .ofType('catalog.course-published.v1')
    .map((event) => coursePublished.parse(event))
    .filter(({ data }) => data.courseId === courseId);
}

const editionsOf = async (courseId: string) =>
  (await catalog.service.app.get(EditionsStore).ofCourse(courseId)).map(({ edition }) => edition);

describe('publishing', () => {
  it('makes the draft what everybody sees, and tells the whole outline', async () => {
    const { courseId, owner, sections, thumbnailMediaId } = await prepare(catalog, instructor(), { title: 'Rust!' });
    const answer = await catalog.ask(`POST /courses/${courseId}/publish`, { as: owner });
    expect(answer.body).toMatchObject({ courseId, status: 'published', edition: 1, slug: 'rust' });
    const [event, ...others] = await publications(courseId);
    expect(others).toEqual([]);
    expect(event?.data).toMatchObject({
      edition: 1,
      slug: 'rust',
      title: 'Rust!',
      instructorId: owner.sub,
      price: { amount: 4900, currency: 'EUR' },
      category: 'programming',
      thumbnailMediaId,
      sections: [
        {
          sectionId: sections[0]?.sectionId,
          title: 'Start',
          lectures: [
            { kind: 'video', title: 'Welcome', durationSeconds: 120, preview: true, mediaId: expect.any(String) },
            { kind: 'article', title: 'Read on', preview: false },
          ],
        },
        { sectionId: sections[1]?.sectionId, lectures: [{ kind: 'quiz', quizId: expect.any(String) }] },
      ],
    });
    expect(JSON.stringify(event?.data)).not.toContain('# Types');
  });

  it('lists everything that is missing', async () => {
    const as = instructor();
    const { courseId } = succeeded(await catalog.ask('POST /courses', { as, body: { title: 'Bare' } })).body;
    const bare = await catalog.ask(`POST /courses/${courseId}/publish`, { as });
    expect(code(bare)).toBe('422 catalog.not-publishable');
    expect(missingPaths(bare)).toEqual(['summary', 'category', 'difficulty', 'price', 'thumbnailMediaId', 'sections']);
    const section = succeeded(
      await catalog.ask(`POST /courses/${courseId}/sections`, { as, body: { title: 'A' } }),
    ).body;
    await catalog.ask(`POST /courses/${courseId}/sections`, { as, body: { title: 'B' } });
    const foreign = await upload(catalog, instructor(), 'video');
    const picture = await upload(catalog, as, 'image');
    const rejected = newId();
    await catalog.tell(mediaRejected, {
      mediaId: rejected,
      ownerId: as.sub,
      fileName: 'x',
      reason: 'not a video',
      rejectedAt: new Date().toISOString(),
    });
    for (const lecture of [
      { kind: 'video', title: 'none' },
      { kind: 'video', title: 'foreign', mediaId: foreign },
      { kind: 'video', title: 'picture', mediaId: picture },
      { kind: 'document', title: 'rejected', mediaId: rejected },
      { kind: 'article', title: 'blank', content: ' \n' },
      { kind: 'quiz', title: 'none' },
      { kind: 'quiz', title: 'unknown', quizId: newId() },
      { kind: 'article', title: 'with resource', content: 'x', resourceMediaIds: [newId()] },
    ])
      succeeded(
        await catalog.ask(`POST /courses/${courseId}/sections/${section.sectionId}/lectures`, { as, body: lecture }),
      );
    await catalog.ask(`PATCH /courses/${courseId}`, { as, body: { price: { amount: 49, currency: 'EUR' } } });
    const more = await catalog.ask(`POST /courses/${courseId}/publish`, { as });
    expect(missingPaths(more).slice(3)).toEqual([
      'price.amount',
      'thumbnailMediaId',
      'sections.0.lectures.0.mediaId',
      'sections.0.lectures.1.mediaId',
      'sections.0.lectures.2.mediaId',
      'sections.0.lectures.3.mediaId',
      'sections.0.lectures.4.content',
      'sections.0.lectures.5.quizId',
      'sections.0.lectures.6.quizId',
      'sections.0.lectures.7.resourceMediaIds.0',
      'sections.1.lectures',
    ]);
    expect(await publications(courseId)).toEqual([]);
  });

  it('is for proven addresses, and for the authors only', async () => {
    const { courseId, owner } = await prepare(catalog, instructor());
    const route = `POST /courses/${courseId}/publish`;
    expect(code(await catalog.ask(route))).toBe('401 http.not-signed-in');
    expect(code(await catalog.ask(route, { as: student() }))).toBe('403 http.not-allowed');
    expect(code(await catalog.ask(route, { as: { ...owner, verified: false } }))).toBe('403 http.email-not-verified');
    expect(code(await catalog.ask(route, { as: instructor() }))).toBe('404 catalog.course-not-found');
    expect((await catalog.ask(route, { as: admin() })).status).toBe(200);
  });

  it('of what is published already changes nothing, twenty times at once neither', async () => {
    const { courseId, owner } = await prepare(catalog, instructor());
    const all = await Promise.all(
      Array.from({ length: 20 }, () => catalog.ask(`POST /courses/${courseId}/publish`, { as: owner })),
    );
    expect(all.map(({ status, body }) => `${status} ${body.edition}`)).toEqual(Array(20).fill('200 1'));
    expect(await publications(courseId)).toHaveLength(1);
    expect(await editionsOf(courseId)).toEqual([1]);
  });

  it('leaves no half-made edition behind when the draft changes meanwhile', async () => {
    const { courseId, owner } = await prepare(catalog, instructor());
    const edits = Array.from({ length: 10 }, (_, n) =>
      catalog.ask(`PATCH /courses/${courseId}`, { as: owner, body: { summary: `Edit ${n}` } }),
    );
    const publishing = await catalog.ask(`POST /courses/${courseId}/publish`, { as: owner });
    await Promise.all(edits);
    expect(publishing.status).toBe(200);
    expect(await editionsOf(courseId)).toHaveLength((await publications(courseId)).length);
  });

  it('gives every course of one title an address of its own', async () => {
    const owners = await Promise.all(
      Array.from({ length: 6 }, () => prepare(catalog, instructor(), { title: 'Same Title' })),
    );
    const slugs = await Promise.all(
      owners.map(async ({ courseId, owner }) => {
        const { body } = succeeded(await catalog.ask(`POST /courses/${courseId}/publish`, { as: owner }));
        return body.slug;
      }),
    );
    const numbered = [2, 3, 4, 5, 6].map((number) => `same-title-${number}`);
    expect(new Set(slugs)).toEqual(new Set(['same-title', ...numbered]));
  });

  it('honours If-Match', async () => {
    const { courseId, owner } = await prepare(catalog, instructor());
    const headers = { 'if-match': '"v1"' };
    const answer = await catalog.ask(`POST /courses/${courseId}/publish`, { as: owner, headers });
    expect(code(answer)).toBe('412 http.stale-edit');
  });
});

describe('editions', () => {
  it('stay as they are while the draft moves on, and every one is kept', async () => {
    const { courseId, owner, slug, sections } = await published(catalog, instructor(), { title: 'Edited' });
    const article = sections[0]?.lectures[1]?.lectureId;
    const draft = await catalog.ask(`PATCH /courses/${courseId}`, { as: owner, body: { title: 'Edited again' } });
    await catalog.ask(`PATCH /courses/${courseId}/lectures/${article}`, { as: owner, body: { content: 'second' } });
    expect(draft.body).toMatchObject({ status: 'published', changedSince: true });
    expect((await catalog.ask(`GET /courses/${slug}`)).body).toMatchObject({ title: 'Edited', edition: 1 });
    expect((await catalog.ask(`GET /courses/${courseId}/lectures/${article}`, { as: owner })).body.content).toBe(
      '# Types',
    );

    const second = await catalog.ask(`POST /courses/${courseId}/publish`, { as: owner });
    expect(second.body).toMatchObject({ edition: 2, slug });
    expect((await catalog.ask(`GET /courses/${slug}`)).body).toMatchObject({ title: 'Edited again', edition: 2 });
    expect((await catalog.ask(`GET /courses/${courseId}/lectures/${article}`, { as: owner })).body.content).toBe(
      'second',
    );
    expect(await editionsOf(courseId)).toEqual([1, 2]);
    expect((await publications(courseId)).map(({ data }) => data.edition)).toEqual([1, 2]);
    expect((await catalog.ask(`GET /courses/${courseId}/draft`, { as: owner })).body.changedSince).toBe(false);
  });
});

describe('a crash in the middle of publishing', () => {
  it('has published nothing, and what it left behind is cleared by the next publication', async () => {
    const { courseId, owner } = await prepare(catalog, instructor());
    const editions = catalog.service.app.get(EditionsStore);
    const draft = await catalog.service.app.get(CoursesStore).get(courseId);
    if (!draft) throw new Error('no draft');
    const leftover = (hoursAgo: number): Edition => ({
      id: newId(),
      courseId,
      instructorId: owner.sub,
      edition: 1,
      details: { ...draft.details, title: 'Left behind' } as Edition['details'],
      sections: [],
      madeAt: new Date(Date.now() - hoursAgo * 3_600_000),
    });
    const [abandoned, underWay] = [leftover(2), leftover(0)];
    await editions.insertOnce(abandoned);
    await editions.insertOnce(underWay);
    expect(code(await catalog.ask(`GET /courses/${courseId}`))).toBe('404 catalog.course-not-found');
    await catalog.ask(`POST /courses/${courseId}/publish`, { as: owner });
    expect((await catalog.ask(`GET /courses/${courseId}`)).body).toMatchObject({ title: 'Practical TypeScript' });
    const kept = (await editions.ofCourse(courseId)).map(({ id }) => id);
    expect(kept).toHaveLength(2);
    expect(kept).toContain(underWay.id);
  });
});

describe('reading', () => {
  it('shows everybody what a course offers, but not what it teaches', async () => {
    const { courseId, slug, owner } = await published(catalog, instructor());
    const byId = await catalog.ask(`GET /courses/${courseId}`);
    const bySlug = await catalog.ask(`GET /courses/${slug}`);
    expect(bySlug.body).toEqual(byId.body);
    expect(byId.headers.get('cache-control')).toMatch(/^public, max-age=\d+/);
    expect(byId.body).toMatchObject({
      title: 'Practical TypeScript',
      instructor: { instructorId: owner.sub },
      lectureCount: 3,
      durationSeconds: 120,
      sections: [
        {
          lectures: [
            { title: 'Welcome', preview: true },
            { title: 'Read on', preview: false },
          ],
        },
        {},
      ],
    });
    expect(JSON.stringify(byId.body.sections)).not.toMatch(/mediaId|quizId|content|# Types/);
    const headers = { 'if-none-match': `W/${byId.headers.get('etag')}` };
    expect((await catalog.ask(`GET /courses/${courseId}`, { headers })).status).toBe(304);
    expect(code(await catalog.ask(`GET /courses/${newId()}`))).toBe('404 catalog.course-not-found');
  });

  it('opens previews to visitors and everything else to those entitled and to authors', async () => {
    const { courseId, owner, sections } = await published(catalog, instructor());
    const [preview, article] =
      sections[0]?.lectures.map(({ lectureId }) => `GET /courses/${courseId}/lectures/${lectureId}`) ?? [];
    const learner = student();
    const read = (route = '', as?: { sub: string }) => catalog.ask(route, { as });
    expect((await read(preview)).body).toMatchObject({ kind: 'video', mediaId: expect.any(String) });
    expect(code(await read(article))).toBe('401 http.not-signed-in');
    expect(code(await read(article, learner))).toBe('403 catalog.not-entitled');
    expect(code(await read(article, instructor()))).toBe('403 catalog.not-entitled');
    expect((await read(article, owner)).body.content).toBe('# Types');
    expect((await read(article, admin())).status).toBe(200);
    expect(code(await read(`GET /courses/${courseId}/lectures/${newId()}`))).toBe('404 catalog.lecture-not-found');

    await enrol(learner.sub, courseId, 1);
    const answer = await read(article, learner);
    expect(answer.body).toMatchObject({ content: '# Types', edition: 1 });
    expect(answer.headers.get('cache-control')).toBe('private, no-cache');
  });

  it('closes again when the enrolment has ended, in whatever order the news come', async () => {
    const { courseId, sections } = await published(catalog, instructor());
    const article = `GET /courses/${courseId}/lectures/${sections[0]?.lectures[1]?.lectureId}`;
    const [early, late] = [student(), student()];
    await enrol(early.sub, courseId, 1);
    await end(early.sub, courseId, 2);
    await end(late.sub, courseId, 2);
    await enrol(late.sub, courseId, 1);
    await end(late.sub, courseId, 2);
    for (const as of [early, late]) expect(code(await catalog.ask(article, { as }))).toBe('403 catalog.not-entitled');
    await enrol(late.sub, courseId, 3);
    expect((await catalog.ask(article, { as: late })).status).toBe(200);
  });

  it('lets authors read what only the draft has, and nobody else', async () => {
    const { courseId, owner, sections } = await prepare(catalog, instructor());
    const article = `GET /courses/${courseId}/lectures/${sections[0]?.lectures[1]?.lectureId}`;
    const answer = await catalog.ask(article, { as: owner });
    expect(answer.body.content).toBe('# Types');
    expect(answer.body).not.toHaveProperty('edition');
    expect(code(await catalog.ask(article, { as: student() }))).toBe('404 catalog.course-not-found');
    expect(code(await catalog.ask(article))).toBe('404 catalog.course-not-found');
  });
});

describe('archiving', () => {
  it('takes a course from everybody but those who have it', async () => {
    const { courseId, owner, slug, sections } = await published(catalog, instructor());
    const learner = student();
    await enrol(learner.sub, courseId, 1);
    const archived = await catalog.ask(`POST /courses/${courseId}/archive`, { as: owner });
    expect(archived.body).toMatchObject({ status: 'archived', edition: 1 });
    for (const as of [undefined, student(), instructor()]) {
      expect(code(await catalog.ask(`GET /courses/${slug}`, { as }))).toBe('404 catalog.course-not-found');
      const preview = `GET /courses/${courseId}/lectures/${sections[0]?.lectures[0]?.lectureId}`;
      expect(code(await catalog.ask(preview, { as }))).toBe('404 catalog.course-not-found');
    }
    const view = await catalog.ask(`GET /courses/${slug}`, { as: learner });
    expect(view.body).toMatchObject({ status: 'archived' });
    expect(view.headers.get('cache-control')).toBe('private, no-cache');
    const article = `GET /courses/${courseId}/lectures/${sections[0]?.lectures[1]?.lectureId}`;
    expect((await catalog.ask(article, { as: learner })).body.content).toBe('# Types');
  });

  it('happens once, is told, and can be taken back by publishing', async () => {
    const { courseId, owner, slug } = await published(catalog, instructor());
    const route = `POST /courses/${courseId}/archive`;
    expect(code(await catalog.ask(route, { as: instructor() }))).toBe('404 catalog.course-not-found');
    expect(code(await catalog.ask(route, { as: student() }))).toBe('403 http.not-allowed');
    await catalog.ask(route, { as: owner });
    await catalog.ask(route, { as: owner });
    await catalog.database.flush(5_000);
    const told = catalog.bus.ofType(courseArchived.type).filter(({ subject }) => subject === courseId);
    expect(told).toHaveLength(1);
    const again = await catalog.ask(`POST /courses/${courseId}/publish`, { as: owner });
    expect(again.body).toMatchObject({ status: 'published', edition: 2, slug });
  });
});

describe('news of files', () => {
  it('count by their version, not by their arrival', async () => {
    const { courseId, owner: as } = await prepare(catalog, instructor());
    const mediaId = newId();
    const about = { mediaId, ownerId: as.sub, fileName: 'x.png' };
    await catalog.tell(mediaRejected, { ...about, reason: 'empty', rejectedAt: new Date().toISOString() }, 2);
    const ready = { ...about, kind: 'image' as const, contentType: 'image/png', size: 9 };
    await catalog.tell(mediaReady, { ...ready, readyAt: new Date().toISOString() }, 1);
    await catalog.ask(`PATCH /courses/${courseId}`, { as, body: { thumbnailMediaId: mediaId } });
    const refused = await catalog.ask(`POST /courses/${courseId}/publish`, { as });
    expect(refused.body.missing).toEqual([{ path: 'thumbnailMediaId', message: 'Was rejected: empty' }]);
  });
});

const enrolment = (learnerId: string, courseId: string) => ({
  enrollmentId: `${learnerId}:${courseId}`,
  learnerId,
  courseId,
  courseTitle: 'x',
});
const enrol = (learnerId: string, courseId: string, version: number) =>
  catalog.tell(
    enrollmentActivated,
    { ...enrolment(learnerId, courseId), grant: { kind: 'free', id: 'g' }, activatedAt: new Date().toISOString() },
    version,
  );
const end = (learnerId: string, courseId: string, version: number) =>
  catalog.tell(
    enrollmentEnded,
    { ...enrolment(learnerId, courseId), reason: 'refunded', endedAt: new Date().toISOString() },
    version,
  );
