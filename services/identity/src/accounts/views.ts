import { Role } from '@lyceum/contracts';
import { z } from 'zod';
import { type Account, isVerified } from './account.js';

export const User = z
  .object({
    id: z.string(),
    email: z.string(),
    firstName: z.string(),
    lastName: z.string(),
    roles: z.array(Role),
    emailVerified: z.boolean(),
    registeredAt: z.iso.datetime(),
  })
  .meta({ id: 'User' });
export type User = z.infer<typeof User>;

export const userOf = (account: Account): User => ({
  id: account.id,
  email: account.email,
  firstName: account.firstName,
  lastName: account.lastName,
  roles: [...account.roles],
  emailVerified: isVerified(account),
  registeredAt: account.registeredAt.toISOString(),
});
