import { createHash } from 'node:crypto';
import type { FastifyReply } from 'fastify';

const style = `
:root { color-scheme: light dark; --ink: #1c2130; --soft: #5a6275; --paper: #f4f5f9; --card: #fff; --line: #dfe2ea; --accent: #3949ab; --on: #fff; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #eef0f6; --soft: #a9b1c6; --paper: #12141b; --card: #1c202b; --line: #323849; --accent: #9fa8ff; --on: #14162b; }
}
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1.5rem; background: var(--paper); color: var(--ink);
  font: 1.0625rem/1.6 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { width: 100%; max-width: 27rem; background: var(--card); border: 1px solid var(--line); border-radius: 1rem; padding: 2.25rem; }
.brand { margin: 0 0 1.5rem; font-weight: 600; letter-spacing: .02em; color: var(--accent); }
h1 { margin: 0 0 .75rem; font-size: 1.5rem; line-height: 1.25; text-wrap: balance; }
p { margin: 0 0 1.5rem; color: var(--soft); }
main > :last-child { margin-bottom: 0; }
label { display: block; margin: 0 0 .35rem; font-weight: 600; }
input { width: 100%; margin: 0 0 1.25rem; padding: .75rem .9rem; border: 1px solid var(--line); border-radius: .6rem; background: var(--paper); color: var(--ink); font: inherit; }
code { overflow-wrap: anywhere; font-size: 1.0625rem; color: var(--ink); }
button { width: 100%; padding: .8rem 1.25rem; border: 0; border-radius: .6rem; background: var(--accent); color: var(--on); font: inherit; font-weight: 600; cursor: pointer; }
button:hover { filter: brightness(1.08); }
button:focus-visible, input:focus-visible { outline: 3px solid var(--ink); outline-offset: 3px; }
`;

/** Nothing is loaded, run, framed or sent elsewhere; the one style sheet is known by its hash. */
const PAGE_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ');

/** A whole page with a heading; `body` is markup. */
export const page = (title: string, body: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<title>${escaped(title)} · Lyceum</title>
<style>${style}</style>
</head>
<body>
<main>
<p class="brand">Lyceum</p>
<h1>${escaped(title)}</h1>
${body}
</main>
</body>
</html>
`;

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text as it may stand in markup. */
export const escaped = (text: string): string => text.replaceAll(/[&<>"']/g, (sign) => entities[sign] ?? sign);

/** Answers with a page that is kept nowhere and whose address goes nowhere: there may be a token in it. */
export function show(reply: FastifyReply, status: number, html: string): void {
  void reply
    .code(status)
    .headers({
      'cache-control': 'no-store',
      'content-security-policy': PAGE_POLICY,
      'content-type': 'text/html; charset=utf-8',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    })
    .send(html);
}
