import { searchWordsOf, soughtWordsOf } from './search-words.js';

const zoe = { firstName: 'Zoë', lastName: "O'Neill-Müller", email: 'zoe.m+x@mail.example.com' };
const finds = (text: string, person = zoe): boolean => {
  const words = new Set(searchWordsOf(person));
  return soughtWordsOf(text).every((word) => words.has(word));
};

describe('looking for somebody', () => {
  it.each([
    'zo',
    'zoe',
    'ZOË',
    'neill',
    'mul',
    'Müller zoe',
    'zoe.m+x@mail.example.com',
    'mail.exa',
    'zoe@nothing'.slice(0, 4),
  ])('by %s finds words by their beginnings, whatever the accents, the letter case and the order', (text) =>
    expect(finds(text)).toBe(true),
  );
  it.each(['oe', 'eill', 'mueller', 'zoe smith', 'other@example.com'])('by %s does not find others', (text) =>
    expect(finds(text)).toBe(false),
  );
  it('finds long words, also by what is longer than what is kept, and letters of every script', () => {
    expect(finds('constantinopolitan', { ...zoe, lastName: 'Constantinopolitanus' })).toBe(true);
    expect(finds('иван', { ...zoe, firstName: 'Иван' })).toBe(true);
    expect(finds('𝒶𝒹𝒶', { ...zoe, firstName: 'Ada' })).toBe(true);
  });
  it('keeps few words for an account, each of them once', () => {
    const words = searchWordsOf({ firstName: 'Ada', lastName: 'Ada', email: 'ada@ada.example' });
    expect(words).toEqual(['ad', 'ada', 'ex', 'exa', 'exam', 'examp', 'exampl', 'example']);
  });
});
