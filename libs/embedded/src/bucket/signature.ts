import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { SignatureV4, createScope, getCanonicalHeaders } from '@smithy/signature-v4';
import type { S3Request } from './request.js';
import { S3Error, accessDenied, invalidArgument, invalidRequest } from './s3-error.js';

export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  region: string;
}

/** What the signature says about the body: a hash, nothing, or that it comes in chunks signed from `seed` on. */
export type PayloadPromise =
  | { kind: 'hash'; sha256: string }
  | { kind: 'unsigned' }
  | { kind: 'chunked'; trailer: boolean; signed: SignedChunks | undefined };

/** Signs the n-th piece of an aws-chunked body, given the signature before it. */
export interface SignedChunks {
  seed: string;
  signChunk(previous: string, sha256: string): Promise<string>;
  signTrailer(previous: string, sha256: string): Promise<string>;
}

const ALGORITHM = 'AWS4-HMAC-SHA256';
const MAX_SKEW_MS = 15 * 60_000;
const WEEK_S = 604_800;
const EMPTY_SHA256 = createHash('sha256').digest('hex');

type Source = string | ArrayBuffer | ArrayBufferView;

class Sha256 {
  private readonly hash;
  constructor(secret?: Source) {
    this.hash = secret === undefined ? createHash('sha256') : createHmac('sha256', bytes(secret));
  }
  update(data: Uint8Array) {
    this.hash.update(data);
  }
  digest() {
    return Promise.resolve(new Uint8Array(this.hash.digest()));
  }
  reset() {}
}
const bytes = (data: Source) =>
  typeof data === 'string'
    ? Buffer.from(data)
    : data instanceof ArrayBuffer
      ? Buffer.from(data)
      : Buffer.from(data.buffer, data.byteOffset, data.byteLength);

/** The library's own canonical form, so that a verifier need not spell the algorithm a second time. */
class Verifier extends SignatureV4 {
  canonicalRequest(request: S3Request, signedHeaders: readonly string[], payloadHash: string): string {
    const headers = Object.fromEntries(signedHeaders.map((name) => [name, request.header(name) ?? '']));
    const described = {
      method: request.method,
      protocol: 'http:',
      hostname: '',
      path: request.canonicalPath,
      query: request.query,
      headers,
    };
    return this.createCanonicalRequest(
      described,
      getCanonicalHeaders(described, undefined, new Set(signedHeaders)),
      payloadHash,
    );
  }
  stringToSign(longDate: string, scope: string, canonicalRequest: string) {
    return this.createStringToSign(longDate, scope, canonicalRequest, ALGORITHM);
  }
}

interface Claim {
  accessKeyId: string;
  shortDate: string;
  region: string;
  longDate: string;
  signedHeaders: string[];
  signature: string;
  payloadHash: string;
  presignedForSeconds?: number;
}

/**
 * Checks who signed a request and when, from its headers or from its presigned query.
 * Returns what the signature promises about the body, which is checked while the body is read.
 * @throws S3Error as S3 words it: AccessDenied, InvalidAccessKeyId, SignatureDoesNotMatch, RequestTimeTooSkewed and kin.
 */
export async function authenticate(request: S3Request, keys: Credentials, now: Date): Promise<PayloadPromise> {
  const claim = readClaim(request);
  if (request.header('x-amz-security-token') ?? request.query['X-Amz-Security-Token']) {
    throw new S3Error('InvalidToken', 400, 'The provided token is malformed or otherwise invalid.');
  }
  if (claim.accessKeyId !== keys.accessKeyId) {
    throw new S3Error('InvalidAccessKeyId', 403, 'The AWS Access Key Id you provided does not exist in our records.', {
      AWSAccessKeyId: claim.accessKeyId,
    });
  }
  if (claim.region !== keys.region) {
    const message = `the region '${claim.region}' is wrong; expecting '${keys.region}'`;
    throw claim.presignedForSeconds === undefined
      ? badHeader(message, { Region: keys.region })
      : badQuery(`Error parsing the X-Amz-Credential parameter; ${message}`, { Region: keys.region });
  }
  const signedAt = parseLongDate(claim.longDate);
  if (!signedAt) throw accessDenied('AWS authentication requires a valid Date or x-amz-date header');
  checkTime(claim, signedAt, now);
  checkEverythingSigned(request, claim);

  const verifier = new Verifier({
    service: 's3',
    region: keys.region,
    credentials: keys,
    sha256: Sha256,
    uriEscapePath: false,
    applyChecksum: false,
  });
  const scope = createScope(claim.shortDate, claim.region, 's3');
  const canonicalRequest = verifier.canonicalRequest(request, claim.signedHeaders, claim.payloadHash);
  const stringToSign = await verifier.stringToSign(claim.longDate, scope, canonicalRequest);
  const sign = (text: string) => verifier.sign(text, { signingDate: signedAt });
  if (!sameText(await sign(stringToSign), claim.signature)) {
    throw signatureDoesNotMatch({
      AWSAccessKeyId: claim.accessKeyId,
      StringToSign: stringToSign,
      SignatureProvided: claim.signature,
      CanonicalRequest: canonicalRequest,
    });
  }

  const heading = (kind: string) => `${ALGORITHM}-${kind}\n${claim.longDate}\n${scope}`;
  return payloadPromise(claim.payloadHash, {
    seed: claim.signature,
    signChunk: (previous, sha256) => sign(`${heading('PAYLOAD')}\n${previous}\n${EMPTY_SHA256}\n${sha256}`),
    signTrailer: (previous, sha256) => sign(`${heading('TRAILER')}\n${previous}\n${sha256}`),
  });
}

export const signatureDoesNotMatch = (details: Record<string, string> = {}) =>
  new S3Error(
    'SignatureDoesNotMatch',
    403,
    'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
    details,
  );

export const sameText = (a: string, b: string) =>
  a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));

function readClaim(request: S3Request): Claim {
  const authorization = request.header('authorization');
  const presigned = request.query['X-Amz-Signature'] !== undefined || request.query['X-Amz-Algorithm'] !== undefined;
  if (authorization && presigned) {
    throw invalidArgument(
      'Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified',
      'Authorization',
      authorization,
    );
  }
  if (presigned) return readPresigned(request);
  if (authorization) return readAuthorization(request, authorization);
  throw accessDenied();
}

const badQuery = (message: string, details: Record<string, string> = {}) =>
  new S3Error('AuthorizationQueryParametersError', 400, message, details);
const badHeader = (message: string, details: Record<string, string> = {}) =>
  new S3Error('AuthorizationHeaderMalformed', 400, `The authorization header is malformed; ${message}`, details);

function readPresigned({ query, header }: S3Request): Claim {
  const get = (name: string) => {
    const value = query[`X-Amz-${name}`];
    if (typeof value !== 'string' || !value) {
      throw badQuery(
        'Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.',
      );
    }
    return value;
  };
  if (get('Algorithm') !== ALGORITHM) throw badQuery('X-Amz-Algorithm only supports "AWS4-HMAC-SHA256"');
  const expires = get('Expires');
  if (!/^-?\d{1,9}$/.test(expires)) throw badQuery('X-Amz-Expires should be a number');
  if (Number(expires) < 0) throw badQuery('X-Amz-Expires must be non-negative');
  if (Number(expires) > WEEK_S) {
    throw badQuery(
      'X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds',
    );
  }
  const scope = parseScope(get('Credential'));
  const longDate = get('Date');
  if (!scope || scope.shortDate !== longDate.slice(0, 8)) {
    throw badQuery(
      'Error parsing the X-Amz-Credential parameter; the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".',
    );
  }
  const hoisted = query['X-Amz-Content-Sha256'];
  return {
    ...scope,
    longDate,
    signedHeaders: get('SignedHeaders').toLowerCase().split(';'),
    signature: get('Signature'),
    payloadHash: header('x-amz-content-sha256') ?? (typeof hoisted === 'string' ? hoisted : 'UNSIGNED-PAYLOAD'),
    presignedForSeconds: Number(expires),
  };
}

function readAuthorization({ header }: S3Request, authorization: string): Claim {
  if (!authorization.startsWith(`${ALGORITHM} `)) {
    throw invalidArgument('Unsupported Authorization Type', 'Authorization', authorization.split(' ')[0] ?? '');
  }
  const fields = new Map(
    authorization
      .slice(ALGORITHM.length + 1)
      .split(',')
      .map((field) => {
        const at = field.indexOf('=');
        return [field.slice(0, at).trim(), field.slice(at + 1).trim()] as const;
      }),
  );
  const scope = parseScope(fields.get('Credential') ?? '');
  const signedHeaders = fields.get('SignedHeaders');
  const signature = fields.get('Signature');
  if (!scope)
    throw badHeader('the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".');
  if (!signedHeaders || !signature) throw badHeader('expecting SignedHeaders and Signature');
  const longDate = header('x-amz-date') ?? longDateOf(header('date'));
  if (!longDate) throw accessDenied('AWS authentication requires a valid Date or x-amz-date header');
  if (scope.shortDate !== longDate.slice(0, 8)) {
    throw badHeader(
      `Invalid credential date "${scope.shortDate}". This date is not the same as X-Amz-Date: "${longDate.slice(0, 8)}".`,
    );
  }
  const payloadHash = header('x-amz-content-sha256');
  if (!payloadHash) throw invalidRequest('Missing required header for this request: x-amz-content-sha256');
  return { ...scope, longDate, signedHeaders: signedHeaders.toLowerCase().split(';'), signature, payloadHash };
}

function parseScope(credential: string) {
  const parts = credential.split('/');
  const [accessKeyId, shortDate, region, service, end] = parts;
  if (parts.length !== 5 || !accessKeyId || !shortDate || !region || service !== 's3' || end !== 'aws4_request') {
    return undefined;
  }
  return { accessKeyId, shortDate, region };
}

function parseLongDate(text: string): Date | undefined {
  const m = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  const date = new Date(m ? `${m[1]}-${m[2]}-${m[3]}T${m[4]}:${m[5]}:${m[6]}Z` : Number.NaN);
  return Number.isNaN(date.getTime()) ? undefined : date;
}
function longDateOf(httpDate: string | undefined): string | undefined {
  const date = new Date(httpDate ?? Number.NaN);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString().replace(/[-:]|\.\d{3}/g, '');
}

const seconds = (date: Date) => date.toISOString().replace(/\.\d{3}/, '');

function checkTime(claim: Claim, signedAt: Date, now: Date) {
  const ahead = signedAt.getTime() - now.getTime();
  if (claim.presignedForSeconds === undefined) {
    if (Math.abs(ahead) <= MAX_SKEW_MS) return;
    throw new S3Error(
      'RequestTimeTooSkewed',
      403,
      'The difference between the request time and the current time is too large.',
      { RequestTime: claim.longDate, ServerTime: seconds(now), MaxAllowedSkewMilliseconds: String(MAX_SKEW_MS) },
    );
  }
  if (ahead > MAX_SKEW_MS) {
    throw accessDenied('Request is not yet valid', { RequestTime: claim.longDate, ServerTime: seconds(now) });
  }
  const expires = new Date(signedAt.getTime() + claim.presignedForSeconds * 1000);
  if (now.getTime() > expires.getTime()) {
    throw accessDenied('Request has expired', {
      'X-Amz-Expires': String(claim.presignedForSeconds),
      Expires: seconds(expires),
      ServerTime: seconds(now),
    });
  }
}

/** S3 takes no x-amz-* header on trust: one that was not signed could have been added on the way. */
function checkEverythingSigned(request: S3Request, { signedHeaders }: Claim) {
  const unsigned = request.headerNames.filter((name) => name.startsWith('x-amz-') && !signedHeaders.includes(name));
  if (!signedHeaders.includes('host')) unsigned.push('host');
  // The body hash is covered by the signature itself, whether or not its header is listed.
  const missing = unsigned.filter((name) => name !== 'x-amz-content-sha256');
  if (missing.length > 0) {
    throw accessDenied('There were headers present in the request which were not signed', {
      HeadersNotSigned: missing.join(', '),
    });
  }
}

function payloadPromise(payloadHash: string, signed: SignedChunks): PayloadPromise {
  switch (payloadHash) {
    case 'UNSIGNED-PAYLOAD':
      return { kind: 'unsigned' };
    case 'STREAMING-UNSIGNED-PAYLOAD-TRAILER':
      return { kind: 'chunked', trailer: true, signed: undefined };
    case 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD':
      return { kind: 'chunked', trailer: false, signed };
    case 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER':
      return { kind: 'chunked', trailer: true, signed };
  }
  if (/^[0-9a-f]{64}$/.test(payloadHash)) return { kind: 'hash', sha256: payloadHash };
  throw invalidArgument(
    'x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER or a valid sha256 value.',
    'x-amz-content-sha256',
    payloadHash,
  );
}
