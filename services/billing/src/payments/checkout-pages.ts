import { createHash } from 'node:crypto';

const style = `
:root{color-scheme:light dark;--ink:#15213b;--soft:#5b6781;--paper:#fff;--ground:#eef1f8;--line:#dde3ef;--good:#12805c;--warn:#a25b00;--go:#2b4acb}
@media(prefers-color-scheme:dark){:root{--ink:#eef2fb;--soft:#a8b3cb;--paper:#18223a;--ground:#0e1526;--line:#2b3754;--good:#4fd1a1;--warn:#f0b45c;--go:#7f9bff}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:1.5rem;background:var(--ground);color:var(--ink);font:1.0625rem/1.6 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{width:min(30rem,100%);padding:2.75rem 2.25rem;background:var(--paper);border:1px solid var(--line);border-radius:1rem;box-shadow:0 12px 40px rgb(20 32 66/.08);text-align:center}
svg{width:4rem;height:4rem}
.good{color:var(--good)}.warn{color:var(--warn)}
h1{margin:1rem 0 .5rem;font-size:1.6rem;line-height:1.25}
p{margin:.5rem 0;color:var(--soft)}
a{display:inline-block;margin-top:1.5rem;padding:.75rem 1.6rem;border-radius:.6rem;background:var(--go);color:var(--paper);font-weight:600;text-decoration:none}
a:focus-visible{outline:3px solid var(--go);outline-offset:3px}
small{display:block;margin-top:2rem;padding-top:1.25rem;border-top:1px solid var(--line);color:var(--soft);overflow-wrap:anywhere}
code{font-size:.85em}`;

const styleHash = createHash('sha256').update(style).digest('base64');

/** Nothing but our own style: no script, no frame, no form, nothing from elsewhere. */
export const pageHeaders: Readonly<Record<string, string>> = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
};

const tick = '<path d="m15 25 6.5 6.5L34 18"/>';
const back = '<path d="M30 17 18 24l12 7"/>';
const icon = (kind: string, path: string): string =>
  `<svg class="${kind}" viewBox="0 0 48 48" fill="none" stroke="currentColor" stroke-width="3" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><circle cx="24" cy="24" r="21"/>${path}</svg>`;

const escaped = (text: string): string => text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

/** Where the pay page sends the browser afterwards. It says nothing about a payment: whoever has the link may see it. */
export function checkoutPage(kind: 'done' | 'cancelled', home: string, paymentId: string | undefined): string {
  const done = kind === 'done';
  const title = done ? 'Thank you!' : 'Nothing was charged';
  const text = done
    ? '<p>Your course opens as soon as the payment is confirmed, usually within seconds. We will send you an e-mail.</p><p>You may close this page.</p>'
    : '<p>You left the pay page before paying. It stays open for a while: start the checkout again and you will come back to it.</p>';
  const reference = paymentId ? `<small>Reference <code>${escaped(paymentId)}</code></small>` : '';
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><meta name="robots" content="noindex"><title>${title} · Lyceum</title><style>${style}</style></head><body><main>${done ? icon('good', tick) : icon('warn', back)}<h1>${title}</h1>${text}<a href="${escaped(home)}">Back to Lyceum</a>${reference}</main></body></html>`;
}
