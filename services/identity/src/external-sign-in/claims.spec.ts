import { PersonClaims, ProofClaims, authenticationBy, newcomerOf } from './claims.js';

const person = (told: object) =>
  newcomerOf(PersonClaims.parse({ email: 'Ada@Example.com', email_verified: true, ...told }));

describe('what a provider tells', () => {
  it.each([
    [{ given_name: 'Ada', family_name: 'Byron' }, 'Ada', 'Byron'],
    [{ name: 'Ada King Byron' }, 'Ada', 'King Byron'],
    [{ name: 'Ada' }, 'Ada', '–'],
    [{ given_name: ' ', name: '' }, 'ada', '–'],
    [{ given_name: '<script>', family_name: 'x'.repeat(101) }, 'ada', '–'],
    [{ given_name: 7, family_name: null }, 'ada', '–'],
  ])('of names in %j becomes “%s” “%s”', (told, firstName, lastName) => {
    expect(person(told)).toEqual({ email: 'ada@example.com', firstName, lastName });
  });

  it.each([
    { email_verified: false },
    { email_verified: 'false' },
    { email_verified: 1 },
    { email_verified: undefined },
    { email: '' },
    { email: ['a@example.com'] },
  ])('is no proof of an address in %j', (told) =>
    expect(() => person(told)).toThrow(expect.objectContaining({ code: 'identity.external-address-unproven' })),
  );

  it('may say in words that an address is proven', () => {
    expect(person({ email_verified: 'true' }).email).toBe('ada@example.com');
  });

  it('of how it was proven counts as one factor of the time that it says, whatever else stands there', () => {
    const now = new Date('2026-11-23T09:00:00Z');
    const nothing = { twoFactorAmr: [], twoFactorAcr: [] };
    const proof = (claims: object) => authenticationBy(nothing, ProofClaims.parse(claims), now);
    expect(proof({ amr: 'mfa', acr: 7, auth_time: 'x' })).toEqual({ at: now, methods: ['fed'] });
    expect(proof({ amr: ['mfa'], auth_time: 1_000 })).toEqual({ at: new Date(1_000_000), methods: ['fed'] });
    expect(proof({ auth_time: 1e300 })).toEqual({ at: now, methods: ['fed'] });
  });
});
