import { type Consents, acceptWithRegistration, latest, state } from './consent.js';

const now = new Date('2026-11-20T10:00:00.000Z');
const about = { id: 'ada', documents: { terms: '2026-10' } } as const;
const mail = (given: boolean, version = '1') => ({ purpose: 'marketing-mail' as const, version, given });

describe('a consent', () => {
  it('is on record with what came before, and told', () => {
    const given = state(undefined, about, mail(true), now);
    expect(given.events).toMatchObject([{ type: 'identity.consent-changed.v1', data: { userId: 'ada', given: true } }]);
    const withdrawn = state(given.state, about, mail(false), now);
    expect(withdrawn.state.history.map((each) => each.given)).toEqual([true, false]);
    expect(latest(withdrawn.state, 'marketing-mail')?.given).toBe(false);
  });

  it('said again changes nothing; nor does taking back what was never given', () => {
    const given = state(undefined, about, mail(true), now).state;
    expect(state(given, about, mail(true), now).changed).toBe(false);
    expect(state(undefined, about, mail(false), now).changed).toBe(false);
  });

  it('is about the document as it is now', () => {
    expect(() => state(undefined, about, { purpose: 'terms', version: '2025', given: true }, now)).toThrow(
      /present version/,
    );
    const agreed = state(undefined, about, { purpose: 'terms', version: '2026-10', given: true }, now).state;
    const renewed = { ...about, documents: { terms: '2027-01' } };
    expect(
      state(agreed, renewed, { purpose: 'terms', version: '2027-01', given: true }, now).state.history,
    ).toHaveLength(2);
  });

  it('that an account cannot be without is not taken back', () => {
    for (const purpose of ['terms', 'privacy-policy'] as const)
      expect(() => state(undefined, { ...about, documents: {} }, { purpose, version: '1', given: false }, now)).toThrow(
        /needs this/,
      );
  });

  it('that came with the registration is written down once', () => {
    const accepted = [{ purpose: 'terms' as const, version: '2026-10' }];
    const once: Consents = acceptWithRegistration(undefined, { id: 'ada', accepted, at: now }).state;
    expect(once.history).toEqual([{ purpose: 'terms', version: '2026-10', given: true, at: now, how: 'registration' }]);
    expect(acceptWithRegistration(once, { id: 'ada', accepted, at: now }).changed).toBe(false);
  });
});
