import { createHash } from 'node:crypto';
import type { VerifiedCertificate } from './certificate.view.js';

const style = `
:root{color-scheme:light dark;--ink:#1b2540;--soft:#58637d;--paper:#fff;--ground:#eef1f8;--line:#dbe1ee;--good:#0d7250;--good-bg:#e4f5ee;--bad:#b3261e;--bad-bg:#fdecea;--gold:#a87b1e}
@media(prefers-color-scheme:dark){:root{--ink:#eef2fb;--soft:#a8b3cb;--paper:#18223a;--ground:#0e1526;--line:#2b3754;--good:#58d6a7;--good-bg:#12352c;--bad:#ff9d94;--bad-bg:#40191a;--gold:#dcb35c}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:1.5rem;background:var(--ground);color:var(--ink);font:1.0625rem/1.6 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
main{width:min(38rem,100%);background:var(--paper);border:1px solid var(--line);border-top:.35rem solid var(--gold);border-radius:1rem;padding:2.5rem clamp(1.25rem,6vw,3rem);box-shadow:0 12px 40px rgb(20 32 66/.08)}
.brand{margin:0 0 1.75rem;font-weight:600;letter-spacing:.02em;color:var(--soft)}
h1{margin:0 0 1.75rem;display:flex;align-items:center;gap:.75rem;padding:.85rem 1.1rem;border-radius:.7rem;font-size:1.2rem;line-height:1.35;background:var(--good-bg);color:var(--good)}
h1.bad{background:var(--bad-bg);color:var(--bad)}
h1 svg{flex:none;width:1.9rem;height:1.9rem}
.name{margin:0;font:600 clamp(1.7rem,6vw,2.4rem)/1.2 Georgia,"Noto Serif",serif;overflow-wrap:anywhere;text-wrap:balance}
.has{margin:.6rem 0;color:var(--soft)}
.course{margin:0;font-size:1.3rem;font-weight:600;line-height:1.35;overflow-wrap:anywhere}
dl{display:grid;grid-template-columns:auto 1fr;gap:.4rem 1.5rem;margin:2rem 0 0;padding-top:1.5rem;border-top:1px solid var(--line)}
dt{color:var(--soft)}
dd{margin:0;overflow-wrap:anywhere}
code{font:600 1em ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;letter-spacing:.03em}
.text{margin:0;color:var(--soft)}
@media(max-width:26rem){dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:.75rem}}
@media(forced-colors:active){h1{border:1px solid}}`;

const styleHash = createHash('sha256').update(style).digest('base64');

/** Nothing but our own style: no script, no frame, no form, nothing from elsewhere. */
export const pageHeaders: Readonly<Record<string, string>> = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
};

/** What the link or QR code of a certificate shows to anybody. */
export function certificatePage({
  valid,
  status,
  learnerName,
  courseTitle,
  issuedAt,
  revokedAt,
  withdrawnAt,
  code,
}: VerifiedCertificate): string {
  const heading = headings[status];
  const revoked = revokedAt ? `<dt>Revoked on</dt><dd>${timeOf(revokedAt)}</dd>` : '';
  const withdrawn = withdrawnAt ? `<dt>Withdrawn on</dt><dd>${timeOf(withdrawnAt)}</dd>` : '';
  const has = valid ? 'has successfully completed the course' : 'had been certified to have completed the course';
  const whose =
    learnerName === undefined
      ? `<p class="text">${nameless(status)}</p>
<p class="has">It was issued for the course</p>`
      : `<p class="name" dir="auto">${escaped(learnerName)}</p>
<p class="has">${has}</p>`;
  return page(
    heading,
    `<h1${valid ? '' : ' class="bad"'}>${valid ? icon(tick) : icon(cross)}${heading}</h1>
${whose}
<p class="course" dir="auto">${escaped(courseTitle)}</p>
<dl><dt>Issued on</dt><dd>${timeOf(issuedAt)}</dd>${revoked}${withdrawn}<dt>Code</dt><dd><code>${escaped(code)}</code></dd></dl>`,
  );
}

/** Of a certificate whose learner was erased. */
const nameless = (status: VerifiedCertificate['status']): string => {
  const genuine = status === 'withdrawn' ? 'It was genuine when it was issued. ' : '';
  return `${genuine}The account that it was issued to has been erased: whose it was cannot be confirmed here any more.`;
};

const headings: Readonly<Record<VerifiedCertificate['status'], string>> = {
  issued: 'This certificate is valid',
  revoked: 'This certificate has been revoked',
  withdrawn: 'This certificate has been withdrawn',
};

/** For a code that no certificate has. */
export const unknownPage = (): string =>
  page(
    'No such certificate',
    `<h1 class="bad">${icon(cross)}No such certificate</h1>
<p class="text">No certificate of Lyceum has this code. Compare it with the one that is printed on the certificate, letter by letter: it looks like <code>LYC-XXXX-XXXX-XXXX</code>.</p>`,
  );

const tick = '<path d="m15 25 6.5 6.5L34 18"/>';
const cross = '<path d="m17 17 14 14M31 17 17 31"/>';
const icon = (path: string): string =>
  `<svg viewBox="0 0 48 48" fill="none" stroke="currentColor" stroke-width="4" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><circle cx="24" cy="24" r="21"/>${path}</svg>`;

const day = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' });
const timeOf = (iso: string): string => `<time datetime="${escaped(iso)}">${day.format(new Date(iso))}</time>`;

const page = (title: string, body: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${title} · Lyceum</title>
<style>${style}</style>
</head>
<body>
<main>
<p class="brand">Lyceum</p>
${body}
</main>
</body>
</html>
`;

const escaped = (text: string): string => text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
