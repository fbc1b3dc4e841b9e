import { type Exchange, sendXml } from './exchange.js';
import { quoted } from './headers.js';
import { listPage } from './listing.js';
import { wholeNumber } from './multipart-routes.js';
import { encodeUriComponentStrictly } from './request.js';
import { invalidArgument } from './s3-error.js';
import { element } from './xml.js';

export function listObjectsV2({ request, response, bucket }: Exchange) {
  const prefix = request.param('prefix') ?? '';
  const delimiter = request.param('delimiter') ?? '';
  const startAfter = request.param('start-after');
  const token = request.param('continuation-token');
  const encoding = request.param('encoding-type');
  if (encoding !== undefined && encoding !== 'url') {
    throw invalidArgument('Invalid Encoding Method specified in Request', 'encoding-type', encoding);
  }
  const name = (text: string) =>
    encoding === 'url' ? encodeUriComponentStrictly(text.toWellFormed()).replaceAll('%2F', '/') : text;
  const max = Math.min(1000, wholeNumber(request.param('max-keys'), 'max-keys', 1000));
  const after = token === undefined ? startAfter : readToken(token);
  const page = listPage(bucket.store.keys(), { prefix, delimiter, after, max });
  const contents = page.keys.flatMap((key) => bucket.store.find(key) ?? []);
  sendXml(
    response,
    element('ListBucketResult', [
      element('Name', bucket.name),
      element('Prefix', name(prefix)),
      delimiter ? element('Delimiter', name(delimiter)) : undefined,
      startAfter === undefined ? undefined : element('StartAfter', name(startAfter)),
      token === undefined ? undefined : element('ContinuationToken', token),
      page.next === undefined
        ? undefined
        : element('NextContinuationToken', Buffer.from(page.next).toString('base64url')),
      encoding === undefined ? undefined : element('EncodingType', encoding),
      element('KeyCount', contents.length + page.commonPrefixes.length),
      element('MaxKeys', max),
      element('IsTruncated', page.next !== undefined),
      ...contents.map((object) =>
        element('Contents', [
          element('Key', name(object.key)),
          element('LastModified', object.lastModified.toISOString()),
          element('ETag', quoted(object.etag)),
          object.checksum && element('ChecksumAlgorithm', object.checksum.algorithm),
          object.checksum && element('ChecksumType', object.checksum.type),
          element('Size', object.size),
          element('StorageClass', 'STANDARD'),
        ]),
      ),
      ...page.commonPrefixes.map((common) => element('CommonPrefixes', [element('Prefix', name(common))])),
    ]),
  );
}

function readToken(token: string): string {
  const key = Buffer.from(token, 'base64url').toString('utf8');
  if (token && Buffer.from(key).toString('base64url') === token) return key;
  throw invalidArgument('The continuation token provided is incorrect', 'continuation-token', token);
}
