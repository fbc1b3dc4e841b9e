import { createHash, randomBytes } from 'node:crypto';

/** What stands in a mail's link: 256 random bits. Only {@link hashOf} it is ever stored. */
export const newOneTimeToken = (): string => randomBytes(32).toString('base64url');

export const isOneTimeToken = (text: string): boolean => /^[\w-]{43}$/.test(text);

/** SHA-256: enough for a secret of full entropy, and it can be looked up. */
export const hashOf = (token: string): string => createHash('sha256').update(token).digest('base64url');
