import { freeSlug, isId, slugOf } from './slug.js';

describe('a slug', () => {
  it.each([
    ['Practical TypeScript', 'practical-typescript'],
    ['  C++ für Einsteiger!  ', 'c-fur-einsteiger'],
    ['Smørrebrød & Straße', 'smorrebrod-strasse'],
    ['Łódź', 'lodz'],
    ['機械学習 入門', '機械学習-入門'],
    ['がぎぐ', 'がぎぐ'],
    ['!!!', 'course'],
    ['Mine', 'course-mine'],
    ['019aa0c2-7000-7a11-8c22-1e3d5f7a9b03', 'course-019aa0c2-7000-7a11-8c22-1e3d5f7a9b03'],
  ])('of %s is %s', (title, slug) => {
    expect(slugOf(title)).toBe(slug);
  });

  it('is never longer than an address should be, nor an id, nor half a character', () => {
    for (const title of ['x'.repeat(200), '𠮷'.repeat(100), `x${'𠮷'.repeat(100)}`]) {
      expect(slugOf(title).length).toBeLessThanOrEqual(80);
      expect(slugOf(title).isWellFormed()).toBe(true);
      expect(isId(slugOf(title))).toBe(false);
    }
  });

  it('takes the first free number', () => {
    expect(freeSlug('rust', new Set())).toBe('rust');
    expect(freeSlug('rust', new Set(['rust-2']))).toBe('rust');
    expect(freeSlug('rust', new Set(['rust', 'rust-2', 'rust-4']))).toBe('rust-3');
  });
});
