import {
  type ApiKeys,
  MOST_API_KEYS,
  type NewApiKey,
  create,
  cutOff,
  endedSessionIds,
  liveKey,
  revoke,
  revokeAll,
  rolesOf,
  sessionIdOf,
  shown,
  use,
  warn,
} from './api-key.js';

const start = new Date('2026-11-20T09:00:00Z');
const DAY = 86_400_000;
const later = (ms: number) => new Date(start.getTime() + ms);
const owner = { id: 'ada', email: 'ada@example.com', firstName: 'Ada', roles: ['STUDENT', 'INSTRUCTOR'] } as const;
const wish = (id: string, more: Partial<NewApiKey> = {}): NewApiKey => ({
  id,
  name: `for ${id}`,
  secretHash: `hash of ${id}`,
  lastFour: 'abcd',
  scopes: ['catalog:read'],
  days: 90,
  ...more,
});
const withKeys = (ids: readonly string[], more: Partial<NewApiKey> = {}): ApiKeys =>
  ids.reduce<ApiKeys>((keys, id) => create(keys, owner, wish(id, more), start).state, { id: 'ada', keys: [] });
const by = { owner, because: 'by-owner' } as const;

describe('an API key', () => {
  it('tells its owner what was made, and has itself announced a week before its end', () => {
    const { state, events, timers } = create(undefined, owner, wish('k1'), start);
    expect(state).toMatchObject({ id: 'ada', keys: [{ id: 'k1', expiresAt: later(90 * DAY), cutOffs: 0 }] });
    expect(events).toMatchObject([
      { type: 'identity.api-key-created.v1', data: { keyId: 'k1', scopes: ['catalog:read'], name: 'for k1' } },
    ]);
    expect(JSON.stringify(events)).not.toContain('hash of');
    expect(timers?.set).toMatchObject([
      { at: later(83 * DAY), event: { type: 'identity.api-key-expiry-due.v1', data: { userId: 'ada', keyId: 'k1' } } },
    ]);
  });

  it('of a few days is not announced', () => {
    expect(create(undefined, owner, wish('k1', { days: 7 }), start).timers).toEqual({});
  });

  it('holds until its last moment, and not at it', () => {
    const keys = withKeys(['k1'], { days: 1 });
    expect(liveKey(keys, 'k1', later(DAY - 1))).toMatchObject({ id: 'k1' });
    expect(liveKey(keys, 'k1', later(DAY))).toBeUndefined();
    expect(liveKey(keys, 'k2', start)).toBeUndefined();
  });

  it('is one of 25 at most; those that are over do not count', () => {
    const ids = Array.from({ length: MOST_API_KEYS }, (_, n) => `k${n}`);
    const full = withKeys(ids);
    expect(() => create(full, owner, wish('more'), start)).toThrow('You have as many API keys as there can be');
    const { state } = revoke(full, { keyId: 'k3', ...by }, start);
    expect(create(state, owner, wish('more'), start).state.keys).toHaveLength(26);
    expect(create(full, owner, wish('more'), later(90 * DAY)).state.keys).toHaveLength(26);
  });

  it('is made and revoked a hundred times a month at most', () => {
    let keys = withKeys([]);
    for (let n = 0; n < 100; n += 1) {
      keys = create(keys, owner, wish(`k${n}`), start).state;
      keys = revoke(keys, { keyId: `k${n}`, ...by }, start).state;
    }
    expect(() => create(keys, owner, wish('more'), start)).toThrow('as many API keys as there can be');
    expect(create(keys, owner, wish('more'), later(30 * DAY)).state.keys).toHaveLength(1);
  });

  it.each([
    { scopes: ['operations:read'] },
    { onlyRoles: ['ADMIN'] as const },
    { onlyRoles: ['STUDENT', 'ADMIN'] as const },
  ])('that is given %j cannot be had by who is no administrator', (more) => {
    const making = () => create(undefined, owner, wish('k1', more), start);
    expect(making).toThrow('An API key cannot be given what you may not do yourself');
    expect(create(undefined, { ...owner, roles: ['STUDENT', 'ADMIN'] }, wish('k1', more), start).changed).toBe(true);
  });

  it.each([{ onlyRoles: ['STUDENT'] as const }, { scopes: ['catalog:write', 'identity:read'] }])(
    'that is given %j can be had by anybody who may do that',
    (more) => {
      expect(create(undefined, owner, wish('k1', more), start).changed).toBe(true);
    },
  );

  it('acts with the roles that its owner has now, narrowed where that was wished', () => {
    const [all, some] = withKeys(['all']).keys.concat(withKeys(['some'], { onlyRoles: ['INSTRUCTOR'] }).keys);
    if (!all || !some) throw new Error('not made');
    expect(rolesOf(all, { roles: ['STUDENT', 'ADMIN'] })).toEqual(['STUDENT', 'ADMIN']);
    expect(rolesOf(some, owner)).toEqual(['INSTRUCTOR']);
    expect(rolesOf(some, { roles: ['STUDENT', 'ADMIN'] })).toEqual([]);
  });
});

describe('revoking', () => {
  it('is for good, is told, and calls the announcement off', () => {
    const { state, events, timers } = revoke(withKeys(['k1', 'k2']), { keyId: 'k1', ...by }, later(5));
    expect(liveKey(state, 'k1', later(5))).toBeUndefined();
    expect(liveKey(state, 'k2', later(5))).toMatchObject({ id: 'k2' });
    expect(events).toMatchObject([{ type: 'identity.api-key-revoked.v1', data: { keyId: 'k1', because: 'by-owner' } }]);
    expect(timers?.cancel).toHaveLength(1);
    expect(() => revoke(state, { keyId: 'k1', ...by }, later(6))).toThrow('You have no such API key');
    expect(shown(state, later(6)).map(({ id }) => id)).toEqual(['k2']);
  });

  it('of all revokes each that is in force, and nothing the second time', () => {
    const once = revokeAll(withKeys(['k1', 'k2']), by, later(5));
    expect(once.events).toHaveLength(2);
    expect(revokeAll(once.state, by, later(6)).changed).toBe(false);
    expect(() => revoke(undefined, { keyId: 'k1', ...by }, start)).toThrow('You have no such API key');
  });
});

describe('what stands for a session in the tokens of keys', () => {
  it('is the key’s id, and another one after each cut-off', () => {
    let keys = withKeys(['k1', 'k2']);
    const ids = () => keys.keys.map(sessionIdOf);
    expect(ids()).toEqual(['k1', 'k2']);
    keys = cutOff(keys, later(1)).state;
    keys = cutOff(keys, later(2)).state;
    expect(ids()).toEqual(['k1.2', 'k2.2']);
    expect(endedSessionIds(keys, start)).toEqual(['k1', 'k1.1', 'k2', 'k2.1']);
    expect(liveKey(keys, 'k1', later(3))).toMatchObject({ id: 'k1' });
  });

  it('has ended with the key, all that there were', () => {
    const cut = cutOff(withKeys(['k1', 'k2']), later(1)).state;
    const { state } = revoke(cut, { keyId: 'k1', ...by }, later(2));
    expect(endedSessionIds(state, later(2))).toEqual(['k1', 'k1.1', 'k2']);
    expect(endedSessionIds(state, later(3))).toEqual(['k1', 'k2']); // what was revoked before is told already
  });

  it('has not ended for keys that are in force', () => {
    expect(endedSessionIds(withKeys(['k1']), start)).toEqual([]);
    expect(cutOff(withKeys([]), start).changed).toBe(false);
  });
});

describe('the use of a key', () => {
  it('is remembered once a minute', () => {
    const first = use(withKeys(['k1']), 'k1', '192.0.2.1', start);
    expect(first.state.keys[0]?.lastUse).toEqual({ at: start, network: '192.0.2.1' });
    expect(use(first.state, 'k1', '192.0.2.2', later(59_999)).changed).toBe(false);
    expect(use(first.state, 'k1', '192.0.2.2', later(60_000)).state.keys[0]?.lastUse?.network).toBe('192.0.2.2');
    expect(use(first.state, 'k2', '192.0.2.2', later(60_000)).changed).toBe(false);
  });
});

describe('that a key expires soon', () => {
  const soon = later(83 * DAY);

  it('is told once, at the address that its owner has now', () => {
    const now = { ...owner, email: 'new@example.com' };
    const once = warn(withKeys(['k1']), 'k1', now, soon);
    expect(once.events).toMatchObject([
      {
        type: 'identity.api-key-expiring.v1',
        data: { email: 'new@example.com', expiresAt: later(90 * DAY).toISOString() },
      },
    ]);
    expect(warn(once.state, 'k1', now, soon).changed).toBe(false);
    expect(liveKey(once.state, 'k1', soon)).toMatchObject({ id: 'k1' });
  });

  it('is told of none that is over, or that there never was', () => {
    const { state } = revoke(withKeys(['k1', 'k2']), { keyId: 'k1', ...by }, start);
    expect(warn(state, 'k1', owner, soon).changed).toBe(false);
    expect(warn(state, 'k2', owner, later(90 * DAY)).changed).toBe(false);
    expect(warn(state, 'k3', owner, soon).changed).toBe(false);
  });
});
