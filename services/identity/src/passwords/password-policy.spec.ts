import { hasAllowedLength, weaknessOf } from './password-policy.js';

const ada = { email: 'ada.lovelace@example.com', firstName: 'Ada', lastName: 'Lovelace' };

describe('a password', () => {
  it.each(['correct-horse-battery', 'Tr1cky weather in Oslo', 'ünïcödé-gärtenzaun', '🐎🔋📎🐎🌵🌶🎈🎲🧊🪐🛶🧵'])(
    'may be %s',
    (password) => {
      expect(hasAllowedLength(password)).toBe(true);
      expect(weaknessOf(password, ada)).toBeUndefined();
    },
  );

  it('is counted in the characters that a person sees as one', () => {
    expect(hasAllowedLength('🐎'.repeat(11))).toBe(false);
    expect(hasAllowedLength('🐎'.repeat(12))).toBe(true);
    expect(hasAllowedLength('x'.repeat(128))).toBe(true);
    expect(hasAllowedLength('x'.repeat(129))).toBe(false);
  });

  it.each([
    ['qwertyuiop[]', 'guessed first'],
    ['Password1234', 'guessed first'],
    ['!!Sunshine2026!!', 'guessed first'],
    ['P@ssw0rd12345', 'guessed first'],
    ['passwordpassword', 'guessed first'],
    ['manchesterunited', 'guessed first'],
    ['aaaaaaaaaaaa', 'too few'],
    ['121212121212', 'too few'],
    ['hu7!xhu7!xhu7!x', 'repeats'],
    ['abcdefghijkl', 'follows'],
    ['qwertyuiop98765', 'follows'],
    ['Ada-Lovelace-1815', 'too close'],
    ['ada.lovelace12', 'too close'],
    ['Lyceum-Lyceum-7', 'too close'],
    ['LyceumPassword99', 'too close'],
  ])('must not be %s', (password, why) => {
    expect(weaknessOf(password, ada)).toContain(why);
  });

  it('may hold a name when enough else is in it', () => {
    expect(weaknessOf('Ada rows across the lake', ada)).toBeUndefined();
  });
});
