import { z } from 'zod';
import { User, userOf } from '../accounts/views.js';
import { CHALLENGE_SECONDS } from '../two-factor/sign-in-challenge.js';
import type { AccessToken } from './access-tokens.js';
import type { Challenged, SignedIn } from './sessions.service.js';

export const AccessTokenView = z
  .object({
    accessToken: z.string().describe('JWT for the Authorization header'),
    tokenType: z.literal('Bearer'),
    expiresIn: z.int().describe('seconds'),
  })
  .meta({ id: 'AccessToken' });
export type AccessTokenView = z.infer<typeof AccessTokenView>;

export const Tokens = AccessTokenView.extend({
  refreshToken: z.string().describe('single use: each refresh gives the next one'),
  user: User,
}).meta({ id: 'Tokens' });
export type Tokens = z.infer<typeof Tokens>;

export const TwoFactorRequired = z
  .object({
    status: z.literal('two-factor-required'),
    challenge: z.string().describe('for POST /auth/two-factor: good for one session, and for five tries'),
    methods: z.array(z.enum(['totp', 'recovery-code'])),
    expiresIn: z.int().describe('seconds'),
  })
  .meta({ id: 'TwoFactorRequired' });
export type TwoFactorRequired = z.infer<typeof TwoFactorRequired>;

export const SignInAnswer = z.union([Tokens, TwoFactorRequired]).meta({ id: 'SignInAnswer' });
export type SignInAnswer = z.infer<typeof SignInAnswer>;

export const accessTokenOf = ({ accessToken, expiresIn }: AccessToken): AccessTokenView => ({
  accessToken,
  tokenType: 'Bearer',
  expiresIn,
});

export const tokensOf = ({ refreshToken, account, ...access }: SignedIn): Tokens => ({
  ...accessTokenOf(access),
  refreshToken,
  user: userOf(account),
});

export const challengeOf = (challenge: string): TwoFactorRequired => ({
  status: 'two-factor-required',
  challenge,
  methods: ['totp', 'recovery-code'],
  expiresIn: CHALLENGE_SECONDS,
});

export const signInAnswerOf = (answer: SignedIn | Challenged): SignInAnswer =>
  'challenge' in answer ? challengeOf(answer.challenge) : tokensOf(answer);
