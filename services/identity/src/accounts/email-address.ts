import { z } from 'zod';

/** One spelling for each mailbox: compatible characters are unified, letter case does not count. */
export const canonicalEmail = (text: string): string => text.trim().normalize('NFKC').toLowerCase();

// RFC 5321, 4.5.3.1, and RFC 1035, 2.3.4: what is longer no server takes
const LENGTHS = /^[^@]{1,64}@(?:[^.@]{1,63}\.)+[^.@]{1,63}$/;

/** An e-mail address, brought into its canonical form. */
export const EmailAddress = z
  .string()
  .max(320)
  .overwrite(canonicalEmail)
  .check(z.email({ abort: true }), z.maxLength(254))
  .refine((text) => LENGTHS.test(text), 'must be an e-mail address')
  .meta({ description: 'letter case does not count' });
