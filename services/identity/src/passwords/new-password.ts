import { z } from 'zod';
import { LONGEST, SHORTEST, hasAllowedLength } from './password-policy.js';

/** A password as somebody chooses one: of allowed length; whether it is a good one is for the rules to say. */
export const NewPassword = z
  .string()
  .max(1_000)
  .refine(hasAllowedLength, `must be ${SHORTEST} to ${LONGEST} characters long`)
  .meta({ minLength: SHORTEST, maxLength: LONGEST, description: 'not a common one, nor made of your name' });
