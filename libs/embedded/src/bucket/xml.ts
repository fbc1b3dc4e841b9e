import { XMLParser } from 'fast-xml-parser';
import type { z } from 'zod';

declare const markup: unique symbol;
/** Text that is already XML. */
export type Xml = string & { readonly [markup]: true };

const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/';

/** One element; text content is escaped, nested elements are taken as they are, `undefined` children vanish. */
export function element(name: string, content: string | number | boolean | readonly (Xml | undefined)[]): Xml {
  const inner = Array.isArray(content) ? content.join('') : escapeText(String(content));
  return `<${name}>${inner}</${name}>` as Xml;
}

/** A whole document, with S3's namespace on the root unless it is an error. */
export function xmlDocument(root: Xml): string {
  const named = root.startsWith('<Error>') ? root : root.replace(/^<(\w+)>/, `<$1 xmlns="${NAMESPACE}">`);
  return `<?xml version="1.0" encoding="UTF-8"?>\n${named}`;
}

// A key may hold any character; what XML 1.0 cannot carry raw goes as a character reference, as S3 does.
function escapeText(text: string): string {
  return text.replace(
    // eslint-disable-next-line no-control-regex
    /[&<>"'\u0000-\u001f\u007f\ufffe\uffff]/g,
    (c) => ENTITIES[c] ?? `&#x${c.charCodeAt(0).toString(16)};`,
  );
}
const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' };

const parser = new XMLParser({
  ignoreAttributes: true,
  parseTagValue: false,
  trimValues: false,
  htmlEntities: true,
  isArray: (name) => name === 'Object' || name === 'Part',
});

/**
 * Reads a request body of a given shape; undefined when it is not XML, not of that shape, or declares entities.
 * Every value arrives as a string, whitespace kept, because keys may begin with it.
 */
export function readXml<T>(text: string, shape: z.ZodType<T>): T | undefined {
  if (/<!(?:DOCTYPE|ENTITY)/i.test(text)) return undefined;
  let parsed: unknown;
  try {
    parsed = parser.parse(text, true);
  } catch {
    return undefined;
  }
  return shape.safeParse(parsed).data;
}
