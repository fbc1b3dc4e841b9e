import { escaped, page } from '../pages/page.js';

/** Asks before it verifies: programs that open links in mails to look at them do not press buttons. */
export const askPage = (token: string): string =>
  page(
    'Confirm your address',
    `<p>One click, and your Lyceum account is ready for buying, enrolling and publishing.</p>
<form method="post" action="/verify-email">
<input type="hidden" name="token" value="${escaped(token)}">
<button type="submit">Confirm my address</button>
</form>`,
  );

export const donePage = (): string =>
  page(
    'Your address is confirmed',
    '<p role="status">Thank you. You can close this page and go on where you were; if you were signed in already, sign in once more.</p>',
  );

export const refusedPage = (): string =>
  page(
    'This link does not work',
    '<p role="alert">It may have been used already, be older than a day, or have been replaced by a newer one. If you cannot sign in or your address still counts as unconfirmed, ask for a new link in Lyceum.</p>',
  );
