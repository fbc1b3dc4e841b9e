/** Markup that is safe to send as it is. */
export class Html {
  constructor(readonly text: string) {}
}

type Insertable = Html | string | number | undefined | false | readonly Html[];

/** HTML with every inserted string escaped; nested pieces made by the same tag are taken as they are. */
export function html(strings: TemplateStringsArray, ...values: Insertable[]): Html {
  return new Html(strings.map((piece, i) => (i === 0 ? piece : insert(values[i - 1]) + piece)).join(''));
}

function insert(value: Insertable): string {
  if (value === undefined || value === false) return '';
  if (value instanceof Html) return value.text;
  if (typeof value === 'object') return value.map(({ text }) => text).join('');
  return String(value).replace(/[&<>"']/g, (c) => ENTITIES[c] ?? c);
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
