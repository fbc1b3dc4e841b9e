import { type Course, type Lecture, begin } from './course.js';
import { LIMITS, addLecture, addSection, reorder, reviseLecture } from './outline.js';

const at = new Date('2026-11-20T09:30:00.000Z');
const empty = begin('c1', 'ada', { title: 'Rust', summary: '', description: '', language: 'en', tags: [] }, at).state;
const article = (id: string, content = 'text'): Lecture => ({
  id,
  kind: 'article',
  title: id,
  content,
  resourceMediaIds: [],
  durationSeconds: 0,
  preview: false,
});
const withLectures = (...ids: string[]): Course =>
  ids.reduce(
    (course, id) => addLecture(course, 's1', article(id), undefined, at).state,
    addSection(empty, { id: 's1', title: 'One' }, at).state,
  );
const ids = (course: Course) => course.sections.flatMap(({ lectures }) => lectures.map(({ id }) => id));

describe('an outline', () => {
  it('takes new things at their place or at the end', () => {
    const course = withLectures('a', 'b');
    expect(ids(addLecture(course, 's1', article('c'), 1, at).state)).toEqual(['a', 'c', 'b']);
    expect(ids(addLecture(course, 's1', article('c'), 99, at).state)).toEqual(['a', 'b', 'c']);
  });

  it('is not larger than its limits', () => {
    const full = withLectures(...Array.from({ length: LIMITS.lectures }, (_, n) => `l${n}`));
    expect(() => addLecture(full, 's1', article('more'), undefined, at)).toThrow('at most 500 lectures');
    const sections = Array.from({ length: LIMITS.sections }, (_, n) => ({ id: `s${n}`, title: 'x', lectures: [] }));
    const wide = { ...empty, sections };
    expect(() => addSection(wide, { id: 'more', title: 'x' }, at)).toThrow('at most 100 sections');
    const long = article('long', 'x'.repeat(LIMITS.text));
    expect(() => addLecture(withLectures('a'), 's1', long, undefined, at)).toThrow('articles together');
  });

  it('refuses an order that loses, repeats or invents something, and says what', () => {
    const course = withLectures('a', 'b');
    const orders = [
      [{ sectionId: 's1', lectures: ['a'] }],
      [{ sectionId: 's1', lectures: ['a', 'b', 'b'] }],
      [{ sectionId: 's1', lectures: ['a', 'b', 'c'] }],
      [
        { sectionId: 's1', lectures: ['a', 'b'] },
        { sectionId: 's2', lectures: [] },
      ],
    ];
    for (const order of orders) expect(() => reorder(course, order, at)).toThrow('do not match');
    expect(reorder(course, [{ sectionId: 's1', lectures: ['a', 'b'] }], at).changed).toBe(false);
    expect(ids(reorder(course, [{ sectionId: 's1', lectures: ['b', 'a'] }], at).state)).toEqual(['b', 'a']);
  });

  it('gives a lecture only what its kind has', () => {
    const course = withLectures('a');
    expect(() => reviseLecture(course, 'a', { mediaId: 'm' }, at)).toThrow('A lecture of kind article has no mediaId');
    const without = reviseLecture(course, 'a', { content: null }, at).state;
    expect(without.sections[0]?.lectures[0]).not.toHaveProperty('content');
  });
});
