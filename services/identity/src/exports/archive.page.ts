import { escaped } from '../pages/page.js';
import type { DataExport } from './data-export.js';

const style = `
:root { color-scheme: light dark; --ink: #1c2130; --soft: #5a6275; --paper: #f4f5f9; --card: #fff; --line: #dfe2ea; --accent: #3949ab; }
@media (prefers-color-scheme: dark) { :root { --ink: #eef0f6; --soft: #a9b1c6; --paper: #12141b; --card: #1c202b; --line: #323849; --accent: #9fa8ff; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 60rem; padding: 2rem 1.25rem; background: var(--paper); color: var(--ink); font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
h1 { font-size: 1.75rem; } h2 { margin-top: 3rem; text-transform: capitalize; color: var(--accent); } h3 { margin-top: 2rem; }
p { color: var(--soft); } [role=alert] { color: var(--ink); font-weight: 600; }
article { margin: .75rem 0; padding: .9rem 1.1rem; background: var(--card); border: 1px solid var(--line); border-radius: .75rem; overflow-wrap: anywhere; }
dl { margin: 0; display: grid; grid-template-columns: minmax(8rem, 14rem) 1fr; gap: .25rem 1rem; } dt { color: var(--soft); } dd { margin: 0; }
ul { margin: 0; padding-left: 1.1rem; } dl dl { grid-template-columns: minmax(6rem, 10rem) 1fr; }
`;

/** The beginning of a page that needs nothing from anywhere, and runs nothing. */
export const opening = ({ requestedAt }: DataExport, missing: readonly string[]): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="content-security-policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Your data on Lyceum</title>
<style>${style}</style>
</head>
<body>
<h1>Your data on Lyceum</h1>
<p>Everything that the platform held about you when you asked, at ${requestedAt.toISOString()}.</p>
${missing.length > 0 ? `<p role="alert">These services have not answered in time: ${escaped(missing.join(', '))}. Ask again later.</p>` : ''}
`;

export const closing = '</body>\n</html>\n';

export const serviceHeading = (service: string): string => `<h2>${escaped(service)}</h2>\n`;
export const heading = (title: string): string => `<h3>${escaped(title)}</h3>\n`;
/** In the place of records where there are none. */
export const nothing = '<p>There is nothing here about you.</p>\n';
export const record = (fields: Readonly<Record<string, unknown>>): string => `<article>${shown(fields)}</article>\n`;

function shown(value: unknown): string {
  if (value === null || value === undefined || value === '') return '–';
  if (Array.isArray(value))
    return value.length === 0 ? '–' : `<ul>${value.map((each) => `<li>${shown(each)}</li>`).join('')}</ul>`;
  if (typeof value === 'string') return escaped(value);
  if (typeof value !== 'object') return escaped(JSON.stringify(value) ?? '');
  const rows = Object.entries(value).map(([name, each]) => `<dt>${escaped(wordsOf(name))}</dt><dd>${shown(each)}</dd>`);
  return `<dl>${rows.join('')}</dl>`;
}

/** `registeredAt` as people write it. */
const wordsOf = (name: string): string => name.replaceAll(/([a-z\d])([A-Z])/g, '$1 $2').toLowerCase();
