import { element, xmlDocument } from './xml.js';

/** A refusal in S3's own words: `code` and `status` are the ones that clients switch on, `details` become extra XML elements. */
export class S3Error extends Error {
  constructor(
    readonly code: string,
    readonly status: number,
    message: string,
    readonly details: Readonly<Record<string, string>> = {},
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.name = code;
  }
}

export const accessDenied = (message = 'Access Denied', details: Record<string, string> = {}) =>
  new S3Error('AccessDenied', 403, message, details);
export const noSuchKey = (key: string) =>
  new S3Error('NoSuchKey', 404, 'The specified key does not exist.', { Key: key });
export const noSuchBucket = (bucket: string) =>
  new S3Error('NoSuchBucket', 404, 'The specified bucket does not exist', { BucketName: bucket });
export const noSuchUpload = (uploadId: string) =>
  new S3Error(
    'NoSuchUpload',
    404,
    'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.',
    { UploadId: uploadId },
  );
export const preconditionFailed = (condition: string) =>
  new S3Error('PreconditionFailed', 412, 'At least one of the pre-conditions you specified did not hold', {
    Condition: condition,
  });
export const invalidArgument = (message: string, name: string, value: string) =>
  new S3Error('InvalidArgument', 400, message, { ArgumentName: name, ArgumentValue: value });
export const invalidRequest = (message: string) => new S3Error('InvalidRequest', 400, message);
export const badDigest = (message: string) => new S3Error('BadDigest', 400, message);
export const malformedXml = () =>
  new S3Error(
    'MalformedXML',
    400,
    'The XML you provided was not well-formed or did not validate against our published schema',
  );
export const notImplemented = (what: string) =>
  new S3Error('NotImplemented', 501, 'A header or query you provided implies functionality that is not implemented', {
    Header: what,
  });

/** The XML body that S3 sends with an error. */
export function errorDocument(error: S3Error, resource: string, requestId: string): string {
  const fields = { Code: error.code, Message: error.message, ...error.details };
  return xmlDocument(
    element('Error', [
      ...Object.entries(fields).map(([name, value]) => element(name, value)),
      element('Resource', resource),
      element('RequestId', requestId),
      element('HostId', requestId),
    ]),
  );
}
