import type { IncomingMessage } from 'node:http';
import { S3Error, invalidArgument } from './s3-error.js';

/** A request as S3 sees it: path-style bucket and key, decoded query, and the form of the path that is signed. */
export interface S3Request {
  readonly method: string;
  readonly bucket: string;
  readonly key: string;
  readonly canonicalPath: string;
  readonly query: Readonly<Record<string, string | string[]>>;
  readonly headerNames: readonly string[];
  /** A header's value, repeated ones joined by a comma. */
  readonly header: (name: string) => string | undefined;
  /** A query parameter's only value. */
  readonly param: (name: string) => string | undefined;
  /** An x-amz-* value from the header or, as presigners hoist it, from the query. */
  readonly amz: (name: string) => string | undefined;
  readonly amzNames: readonly string[];
}

/** @throws S3Error InvalidURI for a path or query that is not percent-encoded UTF-8. */
export function readRequest(message: IncomingMessage): S3Request {
  const [rawPath, rawQuery] = splitTarget(message.url ?? '/');
  const path = decode(rawPath);
  const slash = path.indexOf('/', 1);
  const query = readQuery(rawQuery);
  const header = (name: string) => {
    const value = message.headers[name];
    return Array.isArray(value) ? value.join(',') : value;
  };
  const param = (name: string) => {
    const value = query[name];
    if (Array.isArray(value)) throw invalidArgument(`${name} is given more than once`, name, value.join(', '));
    return value;
  };
  const hoisted = new Map(
    Object.entries(query).flatMap(([name, value]) =>
      /^x-amz-/i.test(name) && typeof value === 'string' ? [[name.toLowerCase(), value]] : [],
    ),
  );
  const headerNames = Object.keys(message.headers);
  return {
    method: message.method ?? 'GET',
    bucket: slash === -1 ? path.slice(1) : path.slice(1, slash),
    key: slash === -1 ? '' : path.slice(slash + 1),
    canonicalPath: path.split('/').map(encodeUriComponentStrictly).join('/'),
    query,
    headerNames,
    header,
    param,
    amz: (name) => header(name) ?? hoisted.get(name),
    amzNames: [...new Set([...headerNames.filter((name) => name.startsWith('x-amz-')), ...hoisted.keys()])],
  };
}

function splitTarget(url: string): [string, string] {
  const target = /^https?:\/\//i.test(url) ? url.replace(/^https?:\/\/[^/?]*/i, '') : url;
  const at = target.indexOf('?');
  return at === -1 ? [target, ''] : [target.slice(0, at), target.slice(at + 1)];
}

function readQuery(raw: string): Record<string, string | string[]> {
  const values = new Map<string, string[]>();
  for (const pair of raw.split('&').filter(Boolean)) {
    const at = pair.indexOf('=');
    const name = decode((at === -1 ? pair : pair.slice(0, at)).replaceAll('+', ' '));
    const value = at === -1 ? '' : decode(pair.slice(at + 1).replaceAll('+', ' '));
    values.set(name, [...(values.get(name) ?? []), value]);
  }
  return Object.fromEntries([...values].map(([name, all]) => [name, all.length === 1 ? (all[0] ?? '') : all]));
}

export function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new S3Error('InvalidURI', 400, "Couldn't parse the specified URI.", { URI: text });
  }
}

/** Percent-encoding as SigV4 wants it: everything but letters, digits and `-._~`. */
export const encodeUriComponentStrictly = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
