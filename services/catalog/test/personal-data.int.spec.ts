import { randomBytes } from 'node:crypto';
import { enrollmentActivated, mediaReady, profileChanged, userErased, userRegistered } from '@lyceum/contracts';
import { newId } from '@lyceum/kernel';
import { collected, dataOf, eventually, tracesOf } from '@lyceum/testing';
import { EditionsStore } from '../src/publishing/editions.store.js';
import { type CatalogUnderTest, type Person, admin, instructor, startCatalog, student } from './catalog.js';
import { type Prepared, found, prepare, published, quiz, succeeded, upload } from './courses.js';

jest.setTimeout(60_000);

describe('the personal data of catalog', () => {
  let catalog: CatalogUnderTest;
  let names = 0;
  beforeAll(async () => {
    catalog = await startCatalog();
  });
  afterAll(() => catalog.close());

  const traces = (text: string) => tracesOf(catalog.service, text);
  const data = (person: Person) => collected(catalog.service, person.sub);
  const erase = async (person: Person) => {
    const erasedAt = new Date().toISOString();
    await catalog.tell(userErased, { userId: person.sub, erasureId: `of-${person.sub}`, erasedAt });
    const tombstone = await catalog.database.erased.get(person.sub);
    if (!tombstone) throw new Error('There is no tombstone');
    return tombstone;
  };
  const enrol = (person: Person, courseId: string, version = 1, enrollmentId = newId()) =>
    catalog.tell(
      enrollmentActivated,
      dataOf(enrollmentActivated, { enrollmentId, learnerId: person.sub, courseId }),
      version,
    );
  const named = async (person: Person, firstName: string, version = 1) => {
    const about = { userId: person.sub, firstName, lastName: 'Hopper', roles: ['INSTRUCTOR' as const] };
    if (version > 1) await catalog.tell(profileChanged, { ...about, changedAt: new Date().toISOString() }, version);
    else
      await catalog.tell(userRegistered, {
        ...about,
        email: `${firstName}@example.com`,
        registeredAt: new Date().toISOString(),
      });
  };
  const lectureId = (course: Prepared, section: number, lecture: number) =>
    course.sections[section]?.lectures[lecture]?.lectureId;
  const revise = async (course: Prepared, content: string) => {
    const path = `PATCH /courses/${course.courseId}/lectures/${lectureId(course, 0, 1)}`;
    succeeded(await catalog.ask(path, { as: course.owner, body: { content } }));
  };

  /** An instructor with a course of two editions that a learner has, further changes to it, and a course that is a draft. */
  async function everything() {
    const as = instructor();
    // so different from others that search does not take one for another, spelt wrongly
    const word = `canary${randomBytes(6).toString('hex')}`;
    names += 1;
    await named(as, word);
    const course = await published(catalog, as, { title: `${names} seas` });
    await revise(course, `${word} wrote the first edition`);
    succeeded(await catalog.ask(`POST /courses/${course.courseId}/publish`, { as }));
    await revise(course, '# What learners read');
    succeeded(await catalog.ask(`POST /courses/${course.courseId}/publish`, { as }));
    await revise(course, `${word} has not published this`);
    const draft = await prepare(catalog, as, { title: `${word} drafts` });
    const learner = student();
    await enrol(learner, course.courseId);
    await enrol(as, newId());
    await upload(catalog, as, 'image');
    await quiz(catalog, as);
    await found(catalog, `q=${word}`, [`${names} seas`]);
    return { as, word, course, draft, learner };
  }

  it('is exported whole: courses, lectures, editions, texts, files, and nothing of anybody else', async () => {
    const { as, word, course, draft } = await everything();
    const other = instructor();
    await named(other, 'Otherwise');
    const theirs = await published(catalog, other);
    const exported = await data(as);
    expect(exported).toMatchObject({ name: [{ name: `${word} Hopper` }], listings: [{ courseId: course.courseId }] });
    expect(exported['courses']?.map(({ courseId }) => courseId).sort()).toEqual(
      [course.courseId, draft.courseId].sort(),
    );
    expect(exported['editions']).toHaveLength(3);
    expect(exported['lectures']).toHaveLength(6);
    expect(exported['lectures']).toContainEqual(
      expect.objectContaining({ courseId: course.courseId, content: `${word} has not published this` }),
    );
    expect(exported['article-texts']?.map(({ content }) => content)).toEqual(
      expect.arrayContaining(['# Types', `${word} wrote the first edition`, '# What learners read']),
    );
    expect(exported['files']).toHaveLength(5);
    expect(exported['quizzes']).toHaveLength(3);
    expect(exported['courses-you-have']).toHaveLength(1);
    expect(JSON.stringify(exported)).not.toContain('Otherwise');
    expect(JSON.stringify(exported)).not.toContain(theirs.courseId);
  });

  it('of an instructor is erased: names, drafts, old editions; the course is off sale and stays for those who have it', async () => {
    const { as, word, course, draft, learner } = await everything();
    const other = instructor();
    await named(other, 'Otherwise');
    const theirs = await published(catalog, other, { title: 'Of somebody else' });
    await eventually(async () => expect(await traces('pendingSince')).toEqual([]));
    const before = await eventually(async () => {
      const theirData = await data(other);
      expect(theirData['listings']).toHaveLength(1); // it follows from the publication, a little later
      return theirData;
    });
    const receipt = await erase(as);
    expect(receipt).toMatchObject({
      status: 'erased',
      found: expect.arrayContaining([
        { what: 'names of an instructor', count: 1 },
        { what: 'courses that were never published', count: 1 },
        { what: 'editions that learners do not see any more', count: 2 },
        { what: 'notes of who may read a course', count: 1 },
        { what: 'notes of whose files and quizzes those in courses are', count: 8 },
      ]),
      kept: [{ what: expect.stringMatching(/^published courses, no longer on offer/) }],
    });
    expect(await traces(word)).toEqual([]);
    const kept = (await traces(as.sub)).filter((place) => !place.startsWith('event_log/'));
    const [edition] = await catalog.service.app.get(EditionsStore).ofCourse(course.courseId);
    expect(kept.filter((place) => !/^(instructors|entitlements|media_facts|quiz_facts)\//.test(place))).toEqual(
      [`courses/${course.courseId}`, `editions/${edition?.id}`, `erased_people/${as.sub}`].sort(),
    );
    // off sale, and nobody finds the name
    await found(catalog, `q=${word}`, []);
    expect((await catalog.ask(`GET /courses/${course.courseId}`)).status).toBe(404);
    expect((await catalog.ask(`GET /courses/${draft.courseId}`, { as: admin() })).status).toBe(404);
    await eventually(() =>
      expect(catalog.bus.ofType('catalog.course-archived.v1').map(({ subject }) => subject)).toContain(course.courseId),
    );
    // who has it reads on
    const read = await catalog.ask(`GET /courses/${course.courseId}`, { as: learner });
    expect(read).toMatchObject({ status: 200, body: { status: 'archived', edition: 3 } });
    expect(JSON.stringify(read.body.instructor)).not.toContain(word);
    const text = await catalog.ask(`GET /courses/${course.courseId}/lectures/${lectureId(course, 0, 1)}`, {
      as: learner,
    });
    expect(text).toMatchObject({ status: 200, body: { content: '# What learners read' } });
    // an administrator sees the draft as it was published last
    const editing = await catalog.ask(`GET /courses/${course.courseId}/draft`, { as: admin() });
    expect(JSON.stringify(editing.body)).toContain('# What learners read');
    expect(await data(other)).toEqual(before);
    expect((await catalog.ask(`GET /courses/${theirs.slug}`)).body.instructor).toMatchObject({
      name: 'Otherwise Hopper',
    });
  });

  it('erased again changes nothing more, and late or repeated events bring nothing back', async () => {
    const { as, word, course } = await everything();
    await erase(as);
    const version = (await catalog.ask(`GET /courses/${course.courseId}/draft`, { as: admin() })).headers.get('etag');
    await named(as, word);
    await named(as, word, 7);
    await enrol(as, course.courseId, 1, 'late-enrolment');
    const file = { mediaId: 'late-file', ownerId: as.sub, kind: 'image' as const, fileName: `${word}.png` };
    await catalog.tell(mediaReady, dataOf(mediaReady, file));
    for (const event of catalog.bus
      .ofType('catalog.course-published.v1')
      .filter(({ subject }) => subject === course.courseId))
      await catalog.bus.publish([event]);
    await quiz(catalog, as);
    await erase(as);
    expect(await traces(word)).toEqual([]);
    expect(await data(as)).toMatchObject({ courses: [{ courseId: course.courseId }] });
    for (const name of ['name', 'courses-you-have', 'files', 'quizzes', 'listings'])
      expect(await data(as)).not.toHaveProperty(name);
    const draft = await catalog.ask(`GET /courses/${course.courseId}/draft`, { as: admin() });
    expect(draft.headers.get('etag')).toBe(version);
    await found(catalog, `q=${word}`, []);
  });

  it('is erased to the end when the first time was interrupted half-way', async () => {
    const { as, word, course, learner } = await everything();
    const editions = catalog.service.app.get(EditionsStore);
    const failing = jest.spyOn(editions, 'removeOthers').mockRejectedValueOnce(new Error('The database is away'));
    await expect(erase(as)).rejects.toThrow('The database is away');
    failing.mockRestore();
    expect(await erase(as)).toMatchObject({ status: 'erased', kept: [{}] });
    expect(await traces(word)).toEqual([]);
    expect(await catalog.ask(`GET /courses/${course.courseId}`, { as: learner })).toMatchObject({ status: 200 });
  });

  it('of somebody who only learns is what they may read, and it goes', async () => {
    const { course } = await everything();
    const learner = student();
    await enrol(learner, course.courseId);
    expect(await data(learner)).toEqual({ 'courses-you-have': [{ courseId: course.courseId, active: true }] });
    expect(await erase(learner)).toMatchObject({ kept: [] });
    expect(await data(learner)).toEqual({});
    const lecture = `GET /courses/${course.courseId}/lectures/${lectureId(course, 0, 1)}`;
    expect((await catalog.ask(lecture, { as: learner })).status).toBe(403);
  });
});
