import { S3Error, preconditionFailed } from './s3-error.js';

type Header = (name: string) => string | undefined;
interface Version {
  /** quoted */
  etag: string;
  lastModified: Date;
}

/**
 * Decides a conditional read in RFC 9110's order.
 * Returns 'not-modified' when the client's copy is still good.
 * @throws S3Error PreconditionFailed
 */
export function conditionalRead(header: Header, current: Version): 'send' | 'not-modified' {
  const ifMatch = header('if-match');
  const ifNoneMatch = header('if-none-match');
  const unmodifiedSince = seconds(header('if-unmodified-since'));
  const modifiedSince = seconds(header('if-modified-since'));
  const changedAt = Math.floor(current.lastModified.getTime() / 1000);
  if (ifMatch !== undefined) {
    if (!matches(ifMatch, current.etag)) throw preconditionFailed('If-Match');
  } else if (unmodifiedSince !== undefined && changedAt > unmodifiedSince) {
    throw preconditionFailed('If-Unmodified-Since');
  }
  if (ifNoneMatch !== undefined) return matches(ifNoneMatch, current.etag) ? 'not-modified' : 'send';
  return modifiedSince !== undefined && changedAt <= modifiedSince ? 'not-modified' : 'send';
}

/** Decides a conditional write. @throws S3Error PreconditionFailed, NoSuchKey */
export function conditionalWrite(header: Header, current: Version | undefined, whenMissing: () => S3Error) {
  const ifMatch = header('if-match');
  const ifNoneMatch = header('if-none-match');
  if (ifNoneMatch !== undefined && ifNoneMatch !== '*') {
    throw new S3Error('NotImplemented', 501, 'A header you provided implies functionality that is not implemented', {
      Header: 'If-None-Match',
    });
  }
  if (ifNoneMatch === '*' && current) throw preconditionFailed('If-None-Match');
  if (ifMatch === undefined) return;
  if (!current) throw whenMissing();
  if (!matches(ifMatch, current.etag)) throw preconditionFailed('If-Match');
}

/** The same four conditions, asked of a copy's source: there a source that has not changed is a failure too. */
export function conditionalCopy(amz: Header, source: Version) {
  const outcome = conditionalRead((name) => amz(`x-amz-copy-source-${name}`), source);
  if (outcome === 'not-modified') throw preconditionFailed('x-amz-copy-source-If-None-Match');
}

/**
 * The bytes that a Range header asks for, both ends included; undefined means the whole object:
 * no header, a unit or form that S3 ignores, several ranges, or an If-Range that no longer holds.
 * @throws S3Error InvalidRange when nothing of it lies within the object.
 */
export function requestedRange(
  header: Header,
  size: number,
  current: Version,
): { start: number; end: number } | undefined {
  const range = header('range');
  const match = /^bytes=(\d*)-(\d*)$/.exec(range?.trim() ?? '');
  if (!range || !match || (!match[1] && !match[2])) return undefined;
  const ifRange = header('if-range');
  if (ifRange !== undefined && ifRange !== current.etag && ifRange !== current.lastModified.toUTCString())
    return undefined;
  const first = match[1] ? Number(match[1]) : undefined;
  const last = match[2] ? Number(match[2]) : undefined;
  if (first !== undefined && last !== undefined && last < first) return undefined;
  const start = first ?? Math.max(0, size - (last ?? 0));
  const end = first === undefined ? size - 1 : Math.min(last ?? Infinity, size - 1);
  if (start <= end) return { start, end };
  throw new S3Error(
    'InvalidRange',
    416,
    'The requested range is not satisfiable',
    { RangeRequested: range, ActualObjectSize: String(size) },
    { 'content-range': `bytes */${size}` },
  );
}

const bare = (tag: string) =>
  tag
    .trim()
    .replace(/^W\//, '')
    .replace(/^"(.*)"$/, '$1');

function matches(list: string, etag: string): boolean {
  return list.split(',').some((tag) => tag.trim() === '*' || bare(tag) === bare(etag));
}

function seconds(httpDate: string | undefined): number | undefined {
  const time = Date.parse(httpDate ?? '');
  return Number.isNaN(time) ? undefined : Math.floor(time / 1000);
}
