import { z } from 'zod';

// what PublicKeyCredential.toJSON() gives in a browser; what we do not need is left out
const base64url = (longest: number) =>
  z
    .string()
    .min(1)
    .max(longest)
    .regex(/^[\w-]+$/, 'must be base64url');
const type = z.literal('public-key');
const credential = { id: base64url(1_400), rawId: base64url(1_400), type };

/** An authenticator's answer to the options for a new passkey. */
export const AttestationAnswer = z
  .object({
    ...credential,
    response: z.object({
      clientDataJSON: base64url(4_000),
      attestationObject: base64url(20_000),
      transports: z.array(z.string().max(40)).max(10).default([]),
    }),
  })
  .meta({ id: 'PasskeyAttestation' });
export type AttestationAnswer = z.infer<typeof AttestationAnswer>;

/** An authenticator's answer to the options for a proof. */
export const AssertionAnswer = z
  .object({
    ...credential,
    response: z.object({
      clientDataJSON: base64url(4_000),
      authenticatorData: base64url(4_000),
      signature: base64url(2_000),
      userHandle: base64url(200),
    }),
  })
  .meta({ id: 'PasskeyAssertion' });
export type AssertionAnswer = z.infer<typeof AssertionAnswer>;
