import { register } from '../accounts/account.js';
import { editProfile } from './profile.js';

const now = new Date('2026-11-23T09:00:00Z');
const { state: ada } = register(
  { id: 'u1', email: 'ada@example.com', firstName: 'Ada', lastName: 'Byron', role: 'STUDENT', passwordHash: '$1' },
  { hash: 'h', sealed: 's' },
  now,
);

describe('a profile', () => {
  it('changes in what the edit names, and tells all of it', () => {
    const first = editProfile(ada, { lastName: 'Lovelace', locale: 'de-AT', bio: 'Patterns.' }, now);
    expect(first.state).toMatchObject({ firstName: 'Ada', lastName: 'Lovelace', profile: { locale: 'de-AT' } });
    const second = editProfile(first.state, { timeZone: 'Europe/Vienna' }, now);
    expect(second.events.map(({ data }) => data)).toEqual([
      {
        userId: 'u1',
        firstName: 'Ada',
        lastName: 'Lovelace',
        roles: ['STUDENT'],
        locale: 'de-AT',
        bio: 'Patterns.',
        timeZone: 'Europe/Vienna',
        changedAt: '2026-11-23T09:00:00.000Z',
      },
    ]);
  });

  it('loses what is set to null', () => {
    const { state } = editProfile(ada, { locale: 'de', avatarMediaId: 'm1' }, now);
    const { state: less, events } = editProfile(state, { avatarMediaId: null }, now);
    expect(less.profile).toEqual({ locale: 'de' });
    expect(events[0]?.data).not.toHaveProperty('avatarMediaId');
  });

  it('tells nobody when nothing is different', () => {
    const { state } = editProfile(ada, { locale: 'de' }, now);
    for (const edit of [{}, { locale: 'de' }, { firstName: 'Ada', bio: null }])
      expect(editProfile(state, edit, now)).toEqual({ state, events: [], changed: false });
  });
});
