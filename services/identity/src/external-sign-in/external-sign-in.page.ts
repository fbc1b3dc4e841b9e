import { escaped, page } from '../pages/page.js';

// for who has come without an address to return to

export const provenPage = (provider: string, code: string): string =>
  page(
    `You are known at ${provider}`,
    `<p role="status">Enter this code in Lyceum within a minute, in this browser. It works once, and nowhere else.</p>
<p><code>${escaped(code)}</code></p>`,
  );

export const linkedPage = (provider: string): string =>
  page(`${provider} is linked`, '<p role="status">From now on you can sign in with it. You can close this page.</p>');

export const refusedPage = (reason: string): string =>
  page(
    'That did not work',
    `<p role="alert">${escaped(reason)}.</p>\n<p>You can close this page and begin again in Lyceum.</p>`,
  );
