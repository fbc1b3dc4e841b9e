import { type ExternalAttempt, answer, begin, proofOf, prove, redeem } from './external-attempt.js';

const start = new Date('2026-11-23T09:00:00Z');
const later = (seconds: number) => new Date(start.getTime() + seconds * 1_000);
const about = {
  id: 'a1',
  provider: 'campus',
  purpose: { kind: 'sign-in' },
  browserHash: 'b1',
  reauthenticate: false,
} as const;
const taking = { provider: 'campus', browserHash: 'b1' };
const proof = { identityId: 'i1', accountId: 'u1', authentication: { at: start, methods: ['fed'] } } as const;
const shown = { codeHash: 'c1', browserHash: 'b1' };
const begun = begin(about, start).state;
const answered = answer(begun, taking, later(1)).state;
const proven = prove(answered, 'c1', proof, later(2)).state;
const code = (act: () => unknown): unknown => {
  try {
    return act();
  } catch (error) {
    return error instanceof Error && 'code' in error ? error.code : error;
  }
};

describe('an attempt at a provider', () => {
  it.each<[string, ExternalAttempt | undefined, typeof taking, number]>([
    ['there is none', undefined, taking, 1],
    ['there was an answer already', answered, taking, 2],
    ['it has ended', proven, taking, 3],
    ['ten minutes are over', begun, taking, 600],
    ['another provider answers', begun, { ...taking, provider: 'guild' }, 1],
    ['it was begun in another browser', begun, { ...taking, browserHash: 'b2' }, 1],
  ])('takes no answer when %s', (_, attempt, from, seconds) => {
    expect(code(() => answer(attempt, from, later(seconds)))).toBe('identity.external-attempt-refused');
  });

  it('is proven after its answer only, and once', () => {
    expect(code(() => prove(begun, 'c1', proof, later(1)))).toBe('identity.external-attempt-refused');
    expect(code(() => prove(proven, 'c2', proof, later(3)))).toBe('identity.external-attempt-refused');
  });

  it('gives what was proven for its code', () => {
    expect(proofOf(proven, shown, later(61))).toEqual(proof);
    expect(redeem(proven, shown, later(61)).state.standing).toEqual({ status: 'redeemed' });
  });

  it.each<[string, ExternalAttempt | undefined, typeof shown, number]>([
    ['there is none', undefined, shown, 3],
    ['nothing is proven', answered, shown, 3],
    ['it was used', redeem(proven, shown, later(3)).state, shown, 4],
    ['it is another code', proven, { ...shown, codeHash: 'c2' }, 3],
    ['it comes from another browser', proven, { ...shown, browserHash: 'b2' }, 3],
    ['a minute is over', proven, shown, 62],
  ])('gives nothing for a code when %s', (_, attempt, by, seconds) => {
    expect(code(() => redeem(attempt, by, later(seconds)))).toBe('identity.external-code-refused');
  });
});
