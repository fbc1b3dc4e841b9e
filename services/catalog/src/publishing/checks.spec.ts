import { type Course, type Lecture, begin } from '../courses/course.js';
import { type Facts, checkPublishable, factsNeeded } from './checks.js';

const at = new Date('2026-11-20T09:30:00.000Z');
const lecture = { id: 'l', title: 'L', resourceMediaIds: [], durationSeconds: 0, preview: false };
const complete: Course = {
  ...begin('c1', 'ada', { title: 'Rust', summary: 'Why.', description: '', language: 'en', tags: [] }, at).state,
  details: {
    title: 'Rust',
    summary: 'Why.',
    description: '',
    language: 'en',
    tags: [],
    category: 'programming',
    difficulty: 'beginner',
    price: { amount: 4_900, currency: 'EUR' },
    thumbnailMediaId: 'picture',
  },
  sections: [{ id: 's', title: 'S', lectures: [{ ...lecture, kind: 'article', content: 'text' }] }],
};
const facts: Facts = {
  media: new Map([
    ['picture', { status: 'ready', ownerId: 'ada', kind: 'image' }],
    ['film', { status: 'ready', ownerId: 'ada', kind: 'video' }],
    ['foreign', { status: 'ready', ownerId: 'eve', kind: 'video' }],
    ['broken', { status: 'rejected', ownerId: 'ada', reason: 'is empty' }],
  ]),
  quizzes: new Map([
    ['quiz', { ownerId: 'ada' }],
    ['foreign', { ownerId: 'eve' }],
  ]),
};
const missingIn = (course: Course) => {
  const checked = checkPublishable(course, facts);
  return 'missing' in checked ? checked.missing : [];
};
const withLecture = (one: Lecture): Course => ({ ...complete, sections: [{ id: 's', title: 'S', lectures: [one] }] });
const withDetails = (details: Partial<Course['details']>): Course => ({
  ...complete,
  details: { ...complete.details, ...details },
});

describe('a course can be published', () => {
  it('when nothing is missing', () => {
    expect(missingIn(complete)).toEqual([]);
    expect(missingIn(withLecture({ ...lecture, kind: 'video', mediaId: 'film' }))).toEqual([]);
    expect(missingIn(withLecture({ ...lecture, kind: 'quiz', quizId: 'quiz' }))).toEqual([]);
  });

  it.each([
    [0, 0],
    [1, 1],
    [49, 1],
    [50, 0],
  ])('at a price of %i: %i complaints', (amount, complaints) => {
    expect(missingIn(withDetails({ price: { amount, currency: 'EUR' } }))).toHaveLength(complaints);
  });

  it.each<[string, Lecture, string]>([
    ['another person’s film', { ...lecture, kind: 'video', mediaId: 'foreign' }, 'Has not been uploaded'],
    ['an unknown film', { ...lecture, kind: 'video', mediaId: 'unknown' }, 'Has not been uploaded'],
    ['a rejected film', { ...lecture, kind: 'video', mediaId: 'broken' }, 'Was rejected: is empty'],
    ['a film as document', { ...lecture, kind: 'document', mediaId: 'film' }, 'Is of kind video, not document'],
    ['another person’s quiz', { ...lecture, kind: 'quiz', quizId: 'foreign' }, 'Is not a quiz of this instructor'],
    ['a blank article', { ...lecture, kind: 'article', content: ' ' }, 'Write the article'],
  ])('but not with %s', (_, one, message) => {
    expect(missingIn(withLecture(one))).toEqual([
      { path: expect.stringMatching(/^sections\.0\.lectures\.0\./), message: expect.stringContaining(message) },
    ]);
  });

  it('with the beginning of its description where it has no summary', () => {
    const description = `# All about **Rust**\n\n${'and more '.repeat(100)}`;
    const checked = checkPublishable(withDetails({ summary: '', description }), facts);
    const summary = 'complete' in checked ? checked.complete.details.summary : '';
    expect(summary).toMatch(/^All about Rust and more .* more…$|^All about Rust and more .* and…$/);
    expect(summary.length).toBeLessThanOrEqual(281);
    expect(missingIn(withDetails({ summary: '' }))).toMatchObject([{ path: 'summary' }]);
  });

  it('after looking up each fact once', () => {
    const twice = { ...lecture, kind: 'video' as const, mediaId: 'film', resourceMediaIds: ['film', 'notes'] };
    expect(factsNeeded(withLecture(twice))).toEqual({ media: ['picture', 'film', 'notes'], quizzes: [] });
  });
});
