import type { IncomingHttpHeaders } from 'node:http';

/** RFC 9110, 7.6.1: they speak of one connection, and of no other. `expect` is answered here. */
const OF_ONE_CONNECTION = new Set([
  'connection',
  'expect',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);
const NAMES_NOTHING = /^(keep-alive|close)$/i;
const NONE: ReadonlySet<string> = new Set();

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** The headers that are for the other end, as pairs. What `Connection` names stays on its connection. */
export function* endToEnd(headers: Headers): Generator<[name: string, value: string | string[]]> {
  const { connection } = headers;
  const named =
    connection === undefined || NAMES_NOTHING.test(String(connection))
      ? NONE
      : new Set(
          String(connection)
            .split(',', 50)
            .map((name) => name.trim().toLowerCase()),
        );
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined && !OF_ONE_CONNECTION.has(name) && !named.has(name)) yield [name, value];
  }
}

/** Whether there is more to read after the headers. */
export const hasBody = (headers: IncomingHttpHeaders): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;

const PERHAPS_ASTRAY = /[%\\]|\/\./;

/** Whether the path of `url`, also once it is decoded, may lead out of the part of the paths that it begins with. */
export function leadsAstray(url: string): boolean {
  const [path = ''] = url.split('?', 1);
  if (!path.startsWith('/')) return true;
  if (!PERHAPS_ASTRAY.test(path)) return false;
  try {
    return decodeURIComponent(path).replaceAll('\\', '/').split('/').includes('..');
  } catch {
    return true;
  }
}
