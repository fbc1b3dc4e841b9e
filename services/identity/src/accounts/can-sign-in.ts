import { isSuspended } from '../administration/suspension.js';
import type { Account } from './account.js';

/** Whether the account is there and nothing keeps its owner, or a program that acts for them, out. */
export const canSignIn = (account: Account | undefined, now: Date): account is Account =>
  account !== undefined && !isSuspended(account, now);
