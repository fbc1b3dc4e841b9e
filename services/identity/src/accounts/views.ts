import { Role } from '@lyceum/contracts';
import { z } from 'zod';
import { type Account, isVerified } from './account.js';

export const User = z
  .object({
    id: z.string(),
    email: z.string(),
    firstName: z.string(),
    lastName: z.string(),
    locale: z.string().optional().describe('BCP 47'),
    timeZone: z.string().optional().describe('IANA'),
    bio: z.string().optional(),
    avatarMediaId: z.string().optional(),
    roles: z.array(Role),
    emailVerified: z.boolean(),
    registeredAt: z.iso.datetime(),
    erasureDueAt: z.iso.datetime().optional().describe('when the account will be erased, unless that is cancelled'),
  })
  .meta({ id: 'User' });
export type User = z.infer<typeof User>;

export const userOf = (account: Account): User => ({
  id: account.id,
  email: account.email,
  firstName: account.firstName,
  lastName: account.lastName,
  ...account.profile,
  roles: [...account.roles],
  emailVerified: isVerified(account),
  registeredAt: account.registeredAt.toISOString(),
  ...(account.erasure ? { erasureDueAt: account.erasure.dueAt.toISOString() } : {}),
});
