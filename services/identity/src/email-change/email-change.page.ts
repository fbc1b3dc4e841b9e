import { escaped, page } from '../pages/page.js';

const ask = (title: string, text: string, action: string, token: string, label: string): string =>
  page(
    title,
    `<p>${text}</p>
<form method="post" action="${action}">
<input type="hidden" name="token" value="${escaped(token)}">
<button type="submit">${label}</button>
</form>`,
  );

export const confirmPage = (token: string): string =>
  ask(
    'Confirm your new address',
    'From now on you sign in with it, and our mails go there.',
    '/email-change/confirm',
    token,
    'Use this address',
  );

export const stopPage = (token: string): string =>
  ask(
    'Stop the change of your address?',
    'Your account keeps its present address, and everybody who is signed in to it is signed out.',
    '/email-change/stop',
    token,
    'Keep my address',
  );

export const confirmedPage = (): string =>
  page('Your address is changed', '<p role="status">From now on you sign in with your new address.</p>');

export const stoppedPage = (): string =>
  page(
    'Your address stays',
    '<p role="status">The change is stopped, and everybody was signed out. If it was not you who asked for it, somebody knows your password: choose a new one by “forgotten password”.</p>',
  );

export const refusedPage = (): string =>
  page(
    'This link does not work',
    '<p role="alert">It may have been used already, be older than a day, have been replaced by a newer one, or the change was stopped.</p>',
  );
