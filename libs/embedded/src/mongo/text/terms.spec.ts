import { stem } from './stem.js';
import { foldText, termsOf } from './terms.js';

describe('words', () => {
  it.each([
    ['caresses', 'caress'],
    ['ponies', 'poni'],
    ['cats', 'cat'],
    ['agreed', 'agre'],
    ['plastered', 'plaster'],
    ['motoring', 'motor'],
    ['hopping', 'hop'],
    ['falling', 'fall'],
    ['filing', 'file'],
    ['happy', 'happi'],
    ['sky', 'sky'],
    ['relational', 'relat'],
    ['conditional', 'condit'],
    ['vietnamization', 'vietnam'],
    ['hopefulness', 'hope'],
    ['formalize', 'formal'],
    ['electrical', 'electr'],
    ['revival', 'reviv'],
    ['adjustment', 'adjust'],
    ['adoption', 'adopt'],
    ['probate', 'probat'],
    ['rate', 'rate'],
    ['controll', 'control'],
    ['roll', 'roll'],
    ['running', 'run'],
    ['courses', 'cours'],
    ['course', 'cours'],
  ])('%s has the stem %s', (word, expected) => {
    expect(stem(word)).toBe(expected);
  });

  it('lose case, accents and stop words', () => {
    expect(termsOf('The Crème-brûlée of MY life', 'english')).toEqual(['creme', 'brule', 'life']);
    expect(foldText('ÀÉÎ')).toBe('aei');
  });

  it('stay as they are without a language', () => {
    expect(termsOf('The Running', 'none')).toEqual(['the', 'running']);
  });
});
