import { defineRefusals } from '@lyceum/kernel';

export const refusals = defineRefusals('identity', {
  passwordRefused: { status: 400, title: 'Choose another password' },
  signInRefused: { status: 401, title: 'The e-mail address or the password is wrong' },
  refreshRefused: { status: 401, title: 'The refresh token is not valid; sign in again' },
  currentPasswordWrong: { status: 403, title: 'The present password is wrong' },
  sessionNotFound: { status: 404, title: 'You have no such session' },
  accountNotFound: { status: 404, title: 'There is no such account' },
  verificationRefused: { status: 410, title: 'This link has been used, has expired or was replaced by a newer one' },
  resetRefused: { status: 410, title: 'This link has been used, has expired or was replaced by a newer one' },
  tooManyAttempts: { status: 429, title: 'Too many attempts; wait a little' },
  tooBusy: { status: 429, title: 'Too many people are signing in right now; try again in a moment' },
});
