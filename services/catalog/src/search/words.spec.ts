import { array, assert, constantFrom, integer, property, string, tuple, uniqueArray } from 'fast-check';
import { Vocabulary } from './vocabulary.js';
import { bitCount, distance, isTypoOf, letterBits, queryWordsOf, typosIn, wordsOf } from './words.js';

describe('words', () => {
  it.each([
    ['C++ für Einsteiger', ['c++', 'fur', 'einsteiger']],
    ['Node.js, C# and .NET', ['node', 'js', 'c#', 'and', 'net']],
    ['ＴｙｐｅＳｃｒｉｐｔ ﬁne', ['typescript', 'fine']],
    ['機械学習', ['機械', '械学', '学習']],
    ['Python入門', ['python', '入門']],
    ['<b>bold</b> 😀', ['b', 'bold']],
    ['', []],
  ])('of %s are %j', (text, words) => {
    expect(wordsOf(text)).toEqual(words);
  });

  it('of a query leave fillers out, unless there is nothing else', () => {
    expect(queryWordsOf('An introduction to the Rust')).toEqual(['introduction', 'rust']);
    expect(queryWordsOf('the')).toEqual(['the']);
    expect(queryWordsOf('a b c d e f g h i j k')).toHaveLength(8);
  });
});

describe('typing errors', () => {
  it.each([
    ['pyhton', 'python', true],
    ['pythn', 'python', true],
    ['pythonn', 'python', true],
    ['pxthxn', 'python', false],
    ['tipescrypt', 'typescript', true],
    ['jav', 'java', false],
    ['python', 'python', false],
  ])('of %s for %s: %s', (typed, meant, forgiven) => {
    expect(isTypoOf(typed, meant)).toBe(forgiven);
  });

  it('are as far one way as the other, and never further than the longer word', () => {
    const word = string({ maxLength: 12 });
    assert(
      property(word, word, (a, b) => {
        const far = distance(a, b, 20);
        expect(far).toBe(distance(b, a, 20));
        expect(far === 0).toBe(a === b);
        expect(far).toBeLessThanOrEqual(Math.max(a.length, b.length));
      }),
    );
  });

  it('are found by the letters that words share: none is lost by not looking at every word', () => {
    const word = string({ minLength: 4, maxLength: 10, unit: constantFrom('a', 'b', 'c') });
    assert(
      property(uniqueArray(word, { minLength: 20, maxLength: 60 }), word, (words, typed) => {
        const found = new Vocabulary(words).matches(typed, true).map((match) => match.word);
        const meant = words.filter((each) => each.startsWith(typed) || isTypoOf(typed, each));
        expect(new Set(found)).toEqual(new Set(meant));
      }),
    );
  });

  it('change at most two letters each', () => {
    const word = string({ minLength: 4, maxLength: 14 });
    const errors = array(tuple(integer({ min: 0, max: 14 }), integer({ min: 0, max: 1 }), string({ maxLength: 1 })), {
      maxLength: 2,
    });
    assert(
      property(word, errors, (meant, made) => {
        const typed = made.reduce(
          (text, [place, left, right]) => text.slice(0, place) + right + text.slice(place + left),
          meant,
        );
        expect(bitCount(letterBits(meant) ^ letterBits(typed))).toBeLessThanOrEqual(2 * made.length);
      }),
    );
  });

  it('are not looked for in short words', () => {
    expect(['go', 'sql', 'java', 'python', 'kubernetes'].map(typosIn)).toEqual([0, 0, 1, 1, 2]);
  });
});
