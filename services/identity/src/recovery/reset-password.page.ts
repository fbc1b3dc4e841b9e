import { SHORTEST } from '../passwords/password-policy.js';
import { escaped, page } from '../pages/page.js';

/** @param complaint why the password before was not taken, in a sentence for the person */
export const choosePage = (token: string, complaint?: string): string =>
  page(
    'Choose a new password',
    `${complaint === undefined ? '' : `<p role="alert">${escaped(complaint)}. Please choose another one.</p>\n`}<form method="post" action="/reset-password">
<input type="hidden" name="token" value="${escaped(token)}">
<label for="password">New password</label>
<input id="password" name="newPassword" type="password" autocomplete="new-password" required minlength="${SHORTEST}" aria-describedby="rule">
<p id="rule">At least ${SHORTEST} characters; a few words that have nothing to do with each other are good. You will be signed out everywhere.</p>
<button type="submit">Set my password</button>
</form>`,
  );

export const donePage = (): string =>
  page(
    'Your password is set',
    '<p role="status">You have been signed out everywhere. Sign in with your new password now.</p>',
  );

export const refusedPage = (): string =>
  page(
    'This link does not work',
    '<p role="alert">It may have been used already, be older than an hour, or have been replaced by a newer one. If you still cannot sign in, ask for a new link in Lyceum.</p>',
  );

export const busyPage = (): string =>
  page(
    'Try again in a moment',
    '<p role="alert">Many people are signing in right now. Your link still works: go back and send the form again.</p>',
  );
