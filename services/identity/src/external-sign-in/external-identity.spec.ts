import { giveUp, link, open, unlink, use } from './external-identity.js';

const start = new Date('2026-11-23T09:00:00Z');
const later = (seconds: number) => new Date(start.getTime() + seconds * 1_000);
const about = { id: 'i1', provider: 'campus', issuer: 'https://campus.example' };
const ada = { id: 'u1', email: 'ada@example.com', firstName: 'Ada' };
const eve = { id: 'u2', email: 'eve@example.com', firstName: 'Eve' };
const byAda = { owner: ada, providerName: 'Campus' };
const byEve = { owner: eve, providerName: 'Campus' };
const opening = open(undefined, about, ada.id, start).state;
const linked = link(opening, about, byAda, later(1)).state;
const unlinked = unlink(linked, byAda, later(2)).state;
const refusal = (code: string) => expect.objectContaining({ code });

describe('an identity at a provider', () => {
  it('is linked to one account, whose owner is told once', () => {
    const first = link(undefined, about, byAda, start);
    expect(first.events).toEqual([
      expect.objectContaining({
        type: 'identity.external-identity-linked.v1',
        data: {
          userId: 'u1',
          email: ada.email,
          firstName: 'Ada',
          identityId: 'i1',
          provider: 'Campus',
          linkedAt: start.toISOString(),
        },
      }),
    ]);
    expect(link(first.state, about, byAda, later(1))).toMatchObject({ changed: false, events: [] });
    expect(() => link(first.state, about, byEve, later(1))).toThrow(refusal('identity.external-identity-taken'));
  });

  it('has one account opened for it, whoever begins and however often', () => {
    expect(open(opening, about, 'u9', later(1))).toMatchObject({ changed: false, state: { accountId: ada.id } });
    expect(open(linked, about, 'u9', later(1))).toMatchObject({ changed: false, state: { accountId: ada.id } });
    expect(open(unlinked, about, 'u9', later(3)).state).toMatchObject({
      accountId: 'u9',
      state: { status: 'opening' },
    });
  });

  it('whose account is being opened is nobody else’s, but not for ever', () => {
    expect(() => link(opening, about, byEve, later(59))).toThrow(refusal('identity.external-identity-taken'));
    expect(link(opening, about, byEve, later(60)).state.accountId).toBe(eve.id);
  });

  it('is given up by who has begun, before it is linked', () => {
    expect(giveUp(opening, ada.id, later(1)).state.state.status).toBe('unlinked');
    expect(giveUp(opening, eve.id, later(1)).changed).toBe(false);
    expect(giveUp(linked, ada.id, later(2)).changed).toBe(false);
  });

  it('is unlinked by its owner, who is told, and can be linked anew by anybody', () => {
    expect(() => unlink(linked, byEve, later(2))).toThrow(refusal('identity.external-identity-not-found'));
    expect(() => unlink(unlinked, byAda, later(3))).toThrow(refusal('identity.external-identity-not-found'));
    expect(unlink(linked, byAda, later(2)).events).toMatchObject([{ type: 'identity.external-identity-unlinked.v1' }]);
    expect(link(unlinked, about, byEve, later(3)).state.accountId).toBe(eve.id);
  });

  it('signs in while it is linked to that account', () => {
    expect(use(linked, ada.id, later(2)).state.state).toMatchObject({ lastUsedAt: later(2) });
    expect(() => use(linked, eve.id, later(2))).toThrow(refusal('identity.external-code-refused'));
    expect(() => use(unlinked, ada.id, later(3))).toThrow(refusal('identity.external-code-refused'));
    expect(() => use(opening, ada.id, later(3))).toThrow(refusal('identity.external-code-refused'));
  });
});
