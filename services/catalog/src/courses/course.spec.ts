import {
  type Course,
  type Publishable,
  archive,
  authored,
  begin,
  currentEdition,
  hasNews,
  publish,
  reviseDetails,
} from './course.js';

const at = new Date('2026-11-20T09:30:00.000Z');
const later = new Date('2026-11-21T09:30:00.000Z');
const details = { title: 'Rust', summary: '', description: '', language: 'en', tags: [] };
const draft = begin('c1', 'ada', details, at).state;
const complete: Publishable = {
  details: {
    ...details,
    summary: 'About Rust.',
    category: 'programming',
    difficulty: 'beginner',
    price: { amount: 0, currency: 'EUR' },
    thumbnailMediaId: 'm1',
  },
  sections: [],
};
const published = (course: Course, editionId = 'e1') =>
  publish(course, complete, { editionId, slug: 'rust' }, at).state;

describe('a course', () => {
  it('begins as a draft that its owner and admins know', () => {
    expect(draft.publication).toEqual({ status: 'draft' });
    expect(authored(draft, { id: 'ada', admin: false })).toBe(draft);
    expect(authored(draft, { id: 'root', admin: true })).toBe(draft);
  });

  it('does not exist for others', () => {
    const refused = (course: Course | undefined) => () => authored(course, { id: 'eve', admin: false });
    expect(refused(draft)).toThrow('There is no such course');
    expect(refused(undefined)).toThrow('There is no such course');
  });

  it('is not changed by an edit that says what is so already', () => {
    expect(reviseDetails(draft, { title: 'Rust', category: null }, later).changed).toBe(false);
  });

  it('moves on from its edition with the next edit', () => {
    const edited = reviseDetails(published(draft), { title: 'Rust 2' }, later).state;
    expect(edited.publication).toMatchObject({ status: 'published', edition: 1, changedSince: true });
    expect([hasNews(published(draft)), hasNews(edited), hasNews(draft)]).toEqual([false, true, true]);
  });

  it('counts its editions up, also over an archive', () => {
    const second = published(published(draft), 'e2');
    const third = published(archive(second, later).state, 'e3');
    expect(currentEdition(third)).toMatchObject({ edition: 3, editionId: 'e3' });
    expect(third.offeredSince).toEqual(at);
  });

  it('keeps its last edition in the archive, and goes there once', () => {
    const archived = archive(published(draft), later);
    expect(archived.events.map(({ type }) => type)).toEqual(['catalog.course-archived.v1']);
    expect(currentEdition(archived.state)).toMatchObject({ edition: 1, editionId: 'e1' });
    expect(archive(archived.state, later).changed).toBe(false);
    expect(currentEdition(archive(draft, later).state)).toBeUndefined();
  });
});
