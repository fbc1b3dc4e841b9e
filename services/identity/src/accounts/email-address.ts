import { z } from 'zod';

/** One spelling for each mailbox: compatible characters are unified, letter case does not count. */
export const canonicalEmail = (text: string): string => text.trim().normalize('NFKC').toLowerCase();

/** An e-mail address, brought into its canonical form. */
export const EmailAddress = z
  .string()
  .max(320)
  .overwrite(canonicalEmail)
  .check(z.email(), z.maxLength(254))
  .meta({ description: 'letter case does not count' });
