import { ExchangedTokens } from './exchanged-tokens.js';

const token = { accessToken: 'jwt', sessionId: 'key1' };

describe('what the edge knows of API keys', () => {
  let now = 0;
  const tokens = (most = 3) => new ExchangedTokens(() => now, most);
  beforeEach(() => (now = 0));

  it('is used until shortly before the token expires', () => {
    const known = tokens();
    known.keep('a', token, 60_000);
    now = 49_999;
    expect(known.find('a')).toBe(token);
    now = 50_000;
    expect(known.find('a')).toBeUndefined();
  });

  it('is nothing when the token expires at once', () => {
    const known = tokens();
    known.keep('a', token, 10_000);
    expect(known.find('a')).toBeUndefined();
  });

  it('that one was refused is remembered for five seconds', () => {
    const known = tokens();
    known.keepRefusal('a');
    now = 4_999;
    expect(known.find('a')).toBe('refused');
    now = 5_000;
    expect(known.find('a')).toBeUndefined();
  });

  it('is bounded: what was not used for longest goes first', () => {
    const known = tokens();
    for (const digest of ['a', 'b', 'c']) known.keep(digest, token, 60_000);
    known.find('a');
    known.keep('d', token, 60_000);
    expect(['a', 'b', 'c', 'd'].filter((digest) => known.find(digest))).toEqual(['a', 'c', 'd']);
  });

  it('of good ones is not pushed out by those that somebody invents', () => {
    const known = tokens();
    known.keep('good', token, 60_000);
    for (let n = 0; n < 100; n += 1) known.keepRefusal(`invented ${n}`);
    expect(known.find('good')).toBe(token);
    expect(known.find('invented 0')).toBeUndefined();
    expect(known.find('invented 99')).toBe('refused');
  });

  it('can be forgotten', () => {
    const known = tokens();
    known.keep('a', token, 60_000);
    known.forget('a');
    expect(known.find('a')).toBeUndefined();
  });
});
