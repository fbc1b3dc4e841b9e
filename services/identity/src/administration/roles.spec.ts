import type { Role } from '@lyceum/contracts';
import { register } from '../accounts/account.js';
import { changeRoles, isActiveAdministrator } from './roles.js';
import { suspend } from './suspension.js';

const start = new Date('2026-11-20T09:00:00Z');
const person = { id: 'u1', email: 'ada@example.com', firstName: 'Ada', lastName: 'Lovelace', role: 'STUDENT' as const };
const ada = register({ ...person, passwordHash: 'x' }, { hash: 'h', sealed: 's' }, start).state;
const act = { adminId: 'root', reason: 'Teaches from now on' };
const change = (grant: Role[], revoke: Role[] = [], adminId = 'root') =>
  changeRoles(ada, { ...act, adminId, grant, revoke }, start);
const refused = (code: string) => expect.objectContaining({ code: `identity.${code}` });

describe('roles', () => {
  it('are given and taken, and told as they are then and with what is new', () => {
    const { state, events } = change(['INSTRUCTOR'], ['STUDENT', 'ADMIN']);
    expect(state.roles).toEqual(['INSTRUCTOR']);
    expect(events).toMatchObject([
      { data: { roles: ['INSTRUCTOR'], granted: ['INSTRUCTOR'], revoked: ['STUDENT'], lastName: 'Lovelace', ...act } },
    ]);
  });
  it('that are so already change nothing', () => {
    expect(change(['STUDENT'], ['ADMIN']).changed).toBe(false);
  });
  it('are never none, and never changed by their owner', () => {
    expect(() => change([], ['STUDENT'])).toThrow(refused('role-needed'));
    expect(() => change(['ADMIN'], [], 'u1')).toThrow(refused('own-account'));
  });
  it('make an administrator only of who is not suspended', () => {
    const admin = change(['ADMIN']).state;
    expect(isActiveAdministrator(admin)).toBe(true);
    expect(isActiveAdministrator(suspend(admin, act, start).state)).toBe(false);
    expect(isActiveAdministrator(ada)).toBe(false);
  });
});
