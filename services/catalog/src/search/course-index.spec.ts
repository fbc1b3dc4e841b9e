import { CourseIndex } from './course-index.js';
import { type Listing, bandOf, rankOf } from './listing.js';

const row = (
  id: string,
  title: string,
  refreshedAt = 1,
): { id: string; refreshedAt: Date; listing: Omit<Listing, 'id'> } => ({
  id,
  refreshedAt: new Date(refreshedAt),
  listing: {
    slug: id,
    edition: 1,
    title,
    summary: '',
    instructorId: 'ada',
    category: 'x',
    difficulty: 'beginner',
    language: 'en',
    tags: [],
    price: { amount: 0, currency: 'EUR' },
    thumbnailMediaId: 'm',
    lectureCount: 1,
    durationSeconds: 1,
    publishedAt: new Date(0),
    offeredSince: new Date(0),
    words: { title: title.toLowerCase().split(' '), head: [], lead: [], body: [] },
  },
});
const search = (index: CourseIndex, ...words: string[]) =>
  index.matching(words, { tolerant: false }).map(({ entry }) => entry.listing.id);

describe('the index', () => {
  it('knows a course by its newest row only', () => {
    const index = new CourseIndex();
    index.apply(row('1', 'Red Kites'));
    index.apply(row('1', 'Blue Kites', 2));
    expect([search(index, 'red'), search(index, 'blue'), search(index, 'kites')]).toEqual([[], ['1'], ['1']]);
    expect([index.knows('1', new Date(2)), index.knows('1', new Date(1))]).toEqual([true, false]);
    index.apply({ id: '1', refreshedAt: new Date(3) });
    expect([search(index, 'kites'), [...index.all()]]).toEqual([[], []]);
  });

  it('finds courses that have every word, a word twice asked for or not', () => {
    const index = new CourseIndex();
    index.apply(row('1', 'Red Kites'));
    index.apply(row('2', 'Red Herrings'));
    expect(search(index, 'red', 'kit')).toEqual(['1']);
    expect(search(index, 'kit', 'red')).toEqual(['1']);
    expect(search(index, 're', 'red').toSorted((a, b) => a.localeCompare(b))).toEqual(['1', '2']);
  });

  it('stays as small as its courses, however often they change', () => {
    const index = new CourseIndex();
    for (let change = 0; change < 5_000; change += 1)
      index.apply(row(`${change % 10}`, `Title${change} Kites`, change));
    expect(index.size).toBe(10);
    expect(search(index, 'kites')).toHaveLength(10);
    expect(search(index, 'title4999')).toEqual(['9']);
    expect([...index.all()]).toHaveLength(10);
  });
});

describe('prices', () => {
  it('fall into bands by their minor units', () => {
    const bands = [0, 50, 1_999, 2_000, 5_000, 5_001].map((amount) => bandOf({ amount, currency: 'EUR' }));
    expect(bands).toEqual(['free', 'under-20', 'under-20', '20-50', '20-50', 'over-50']);
    expect(bandOf({ amount: 1_999, currency: 'JPY' })).toBe('under-20');
    expect(bandOf({ amount: 19_999, currency: 'KWD' })).toBe('under-20');
    expect(rankOf({ amount: 4_900, currency: 'EUR' })).toBe(49);
  });
});
