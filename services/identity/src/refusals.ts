import { defineRefusals } from '@lyceum/kernel';

export const refusals = defineRefusals('identity', {
  passwordRefused: { status: 400, title: 'Choose another password' },
  signInRefused: { status: 401, title: 'The e-mail address or the password is wrong' },
  refreshRefused: { status: 401, title: 'The refresh token is not valid; sign in again' },
  challengeRefused: { status: 401, title: 'Sign in again: this attempt has expired, was used or had too many tries' },
  codeRefused: { status: 403, title: 'The code is wrong, has expired or was used already' },
  secondFactorNeeded: { status: 403, title: 'A code of your authenticator app is needed; the password is not enough' },
  currentPasswordWrong: { status: 403, title: 'The present password is wrong' },
  sessionNotFound: { status: 404, title: 'You have no such session' },
  accountNotFound: { status: 404, title: 'There is no such account' },
  twoFactorAlreadyOn: { status: 409, title: 'Two-factor sign-in is on already' },
  twoFactorNotBegun: { status: 409, title: 'Ask for a secret first, and confirm it within 15 minutes' },
  twoFactorNotOn: { status: 409, title: 'Two-factor sign-in is not on' },
  verificationRefused: { status: 410, title: 'This link has been used, has expired or was replaced by a newer one' },
  resetRefused: { status: 410, title: 'This link has been used, has expired or was replaced by a newer one' },
  avatarRefused: { status: 422, title: 'The picture is not an image of yours that is ready' },
  tooManyAttempts: { status: 429, title: 'Too many attempts; wait a little' },
  tooBusy: { status: 429, title: 'Too many people are signing in right now; try again in a moment' },
});
