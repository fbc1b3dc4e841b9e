import { z } from 'zod';
import { PersonName } from '../accounts/person-name.js';

// RFC 5646 says 35 characters are enough for every tag without private parts
const Locale = z
  .string()
  .max(35)
  .refine((text) => canonicalLocale(text) !== undefined, 'must be a language tag like de-AT')
  .transform((text) => canonicalLocale(text) ?? text);

const TimeZone = z
  .string()
  .max(60)
  .regex(/^[A-Za-z][\w+/-]*$/, 'must be a name like Europe/Vienna')
  .refine(isTimeZone, 'must be a time zone of the IANA database like Europe/Vienna');

const LONGEST_BIO = 2_000;
const Bio = z
  .string()
  .max(4 * LONGEST_BIO)
  .trim()
  .normalize('NFC')
  .regex(/^(?:\n|[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202A-\u202E\u2066-\u2069])*$/u, 'must be plain text')
  .refine((text) => text !== '' && Array.from(text).length <= LONGEST_BIO, `must be 1 to ${LONGEST_BIO} characters`);

export const ProfilePatch = z
  .strictObject({
    firstName: PersonName.optional(),
    lastName: PersonName.optional(),
    locale: Locale.nullish().describe('BCP 47; null for none'),
    timeZone: TimeZone.nullish().describe('IANA; null for none'),
    bio: Bio.nullish().describe('plain text with line breaks; null for none'),
    avatarMediaId: z.string().min(1).max(200).nullish().describe('a ready image of the caller; null for none'),
  })
  .meta({ id: 'ProfilePatch' });
export type ProfilePatch = z.infer<typeof ProfilePatch>;

function canonicalLocale(text: string): string | undefined {
  try {
    return Intl.getCanonicalLocales(text)[0];
  } catch {
    return undefined;
  }
}

function isTimeZone(text: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
