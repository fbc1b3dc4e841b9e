import { canonical } from './canonical-json.js';

describe('canonical JSON', () => {
  it('sorts members as RFC 8785 does, by UTF-16 code units, at every depth', () => {
    // the example of RFC 8785, section 3.2.3
    const value = {
      '\u20ac': 'Euro Sign',
      '\r': 'Carriage Return',
      '\ufb33': 'Dalet',
      '1': 'One',
      '\ud83d\ude00': 'Emoji',
      '\u0080': 'Control',
      '\u00f6': 'Latin',
    };
    expect(Object.values(JSON.parse(canonical(value)) as object)).toHaveLength(7);
    expect(canonical(value)).toBe(
      '{"\\r":"Carriage Return","1":"One","\u0080":"Control","\u00f6":"Latin","\u20ac":"Euro Sign","\ud83d\ude00":"Emoji","\ufb33":"Dalet"}',
    );
    expect(canonical({ b: [{ z: 1, a: null }], a: true })).toBe('{"a":true,"b":[{"a":null,"z":1}]}');
  });
  it('leaves out what is not there, and does not depend on the order in which it was made', () => {
    expect(canonical({ b: undefined, a: 'x' })).toBe(canonical({ a: 'x' }));
    expect(canonical({ a: 1, b: 2 })).toBe(canonical({ b: 2, a: 1 }));
  });
  it('takes no numbers that could be written in several ways', () => {
    for (const number of [0.1, Number.NaN, 2 ** 53]) expect(() => canonical(number)).toThrow(TypeError);
  });
});
