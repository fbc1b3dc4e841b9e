import { literalPrefix, toRegExp } from './regex.js';

describe('regular expressions', () => {
  it.each([
    ['^abc', 'abc'],
    ['^abc.*', 'abc'],
    ['^abc?d', 'ab'],
    ['^ab*', 'a'],
    ['^a\\.b', 'a.b'],
    ['^a\\d', 'a'],
    ['^a|b', ''],
    ['^(a|b)', ''],
    ['^a(b|c)', 'a'],
    ['abc', ''],
    ['^a{2}', ''],
  ])('%s can only match what begins with "%s"', (source, prefix) => {
    expect(literalPrefix(toRegExp(source, ''))).toBe(prefix);
  });

  it('have no sure beginning when case or lines do not matter', () => {
    expect(literalPrefix(toRegExp('^abc', 'i'))).toBe('');
    expect(literalPrefix(toRegExp('^abc', 'm'))).toBe('');
  });

  it('know PCRE options and refuse what is none', () => {
    expect(toRegExp('a b # comment', 'x').test('ab')).toBe(true);
    expect(toRegExp('(?i)ABC', '').test('abc')).toBe(true);
    expect(toRegExp('a.b', 's').test('a\nb')).toBe(true);
    expect(() => toRegExp('(', '')).toThrow(/invalid/i);
    expect(() => toRegExp('a', 'q')).toThrow(/flag/);
  });
});
