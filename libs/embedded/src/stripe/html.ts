import { createHash } from 'node:crypto';

/** Markup that is safe to send as it is. */
export class Html {
  constructor(readonly markup: string) {}
}
type Part = Html | string | number | null | undefined | false | Part[];

/** Template tag: what is put in is escaped, unless it is Html itself. */
export function html(strings: TemplateStringsArray, ...parts: Part[]): Html {
  return new Html(strings.reduce((page, text, position) => page + render(parts[position - 1]) + text));
}

function render(part: Part): string {
  if (part === null || part === undefined || part === false) return '';
  if (part instanceof Html) return part.markup;
  if (Array.isArray(part)) return part.map(render).join('');
  return String(part).replaceAll(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/** A whole page with its one inline style sheet. */
export function htmlPage(title: string, style: string, body: Html): string {
  const head = `<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${render(title)}</title><style>${style}</style>`;
  return `<!doctype html><html lang="en"><head>${head}</head><body>${body.markup}</body></html>`;
}

/**
 * Headers of a page without scripts or foreign content. Browsers apply `form-action` to the redirect after a form too,
 * so the places where its forms may lead are `destinations` (URLs).
 */
export function pageHeaders(style: string, destinations: (string | null)[] = []): Record<string, string> {
  const origins = destinations.flatMap((url) => (url === null ? [] : (URL.parse(url)?.origin ?? [])));
  const hash = createHash('sha256').update(style).digest('base64');
  return {
    'cache-control': 'no-store',
    'content-security-policy': `default-src 'none'; style-src 'sha256-${hash}'; img-src data:; form-action ${["'self'", ...new Set(origins)].join(' ')}; base-uri 'none'; frame-ancestors 'none'`,
    'content-type': 'text/html; charset=utf-8',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
  };
}
