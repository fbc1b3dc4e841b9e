import { z } from 'zod';

// something to see, and neither controls nor what turns the direction of the text around it: names stand in sentences and on certificates
const NAME = /^(?=.*[\p{L}\p{N}\p{P}\p{S}])[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202A-\u202E\u2066-\u2069<>]{1,100}$/u;
/** A first or a last name. */
export const PersonName = z
  .string()
  .max(400)
  .trim()
  .normalize('NFC')
  .regex(NAME, 'must be 1 to 100 characters, without < and >');
