import { Role } from '@lyceum/contracts';
import { pageOf } from '@lyceum/http';
import { z } from 'zod';
import { type Account, isVerified } from '../accounts/account.js';
import type { Overview } from './administration.service.js';

const Standing = z.union([
  z.object({ status: z.literal('active') }),
  z.object({
    status: z.literal('suspended'),
    since: z.iso.datetime(),
    until: z.iso.datetime().optional(),
    adminId: z.string(),
    reason: z.string(),
  }),
]);

export const AccountSummary = z
  .object({
    id: z.string(),
    email: z.string(),
    firstName: z.string(),
    lastName: z.string(),
    roles: z.array(Role),
    state: Standing,
    emailVerified: z.boolean(),
    registeredAt: z.iso.datetime(),
  })
  .meta({ id: 'AccountSummary' });
export type AccountSummary = z.infer<typeof AccountSummary>;

export const AccountPage = pageOf(AccountSummary).meta({ id: 'AccountPage' });
export type AccountPage = z.infer<typeof AccountPage>;

export const AccountOverview = AccountSummary.extend({
  locale: z.string().optional(),
  timeZone: z.string().optional(),
  bio: z.string().optional(),
  avatarMediaId: z.string().optional(),
  twoFactor: z.enum(['off', 'pending', 'on']),
  sessions: z.int().describe('on how many devices somebody is signed in'),
  lastSeenAt: z.iso.datetime().optional().describe('absent when nobody has signed in within the last months'),
}).meta({ id: 'AccountOverview' });
export type AccountOverview = z.infer<typeof AccountOverview>;

// field by field: what an account keeps secret cannot get in by being added to it
export const summaryOf = (account: Account): AccountSummary => ({
  id: account.id,
  email: account.email,
  firstName: account.firstName,
  lastName: account.lastName,
  roles: [...account.roles],
  state: standingOf(account),
  emailVerified: isVerified(account),
  registeredAt: account.registeredAt.toISOString(),
});

export const overviewOf = ({ account, twoFactor, sessions, lastSeenAt }: Overview): AccountOverview => {
  const { locale, timeZone, bio, avatarMediaId } = account.profile ?? {};
  return {
    ...summaryOf(account),
    ...(locale === undefined ? {} : { locale }),
    ...(timeZone === undefined ? {} : { timeZone }),
    ...(bio === undefined ? {} : { bio }),
    ...(avatarMediaId === undefined ? {} : { avatarMediaId }),
    twoFactor,
    sessions,
    ...(lastSeenAt ? { lastSeenAt: lastSeenAt.toISOString() } : {}),
  };
};

function standingOf({ state }: Account): z.infer<typeof Standing> {
  if (state.status === 'active') return { status: 'active' };
  const { since, until, adminId, reason } = state;
  return {
    status: 'suspended',
    since: since.toISOString(),
    ...(until ? { until: until.toISOString() } : {}),
    adminId,
    reason,
  };
}
