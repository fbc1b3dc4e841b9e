import { copyObject } from './copy-routes.js';
import type { Exchange } from './exchange.js';
import { sendXml } from './exchange.js';
import { listObjectsV2 } from './listing-routes.js';
import {
  abortMultipartUpload,
  completeMultipartUpload,
  createMultipartUpload,
  listMultipartUploads,
  listParts,
  uploadPart,
} from './multipart-routes.js';
import { deleteObject, deleteObjects, getObject, putObject } from './object-routes.js';
import type { S3Request } from './request.js';
import { notImplemented } from './s3-error.js';
import { element } from './xml.js';

type Route = (exchange: Exchange) => Promise<void> | void;

/** Parameters that only qualify a request; any other names something that S3 has and this bucket has not. */
const QUALIFIERS =
  /^(?:x-id|x-amz-.*|prefix|delimiter|max-keys|start-after|continuation-token|encoding-type|fetch-owner|list-type|uploads|uploadId|partNumber|max-parts|part-number-marker|max-uploads|delete|location|response-.*)$/i;

/** The operation that a request asks for. @throws S3Error NotImplemented for operations that this bucket does not have. */
export function routeOf(request: S3Request): Route | undefined {
  const foreign = Object.keys(request.query).find((name) => !QUALIFIERS.test(name));
  if (foreign !== undefined) throw notImplemented(foreign);
  const has = (name: string) => request.query[name] !== undefined;
  if (!request.key) return bucketRoute(request, has);
  switch (request.method) {
    case 'GET':
    case 'HEAD':
      if (has('uploadId')) return listParts;
      if (has('partNumber')) throw notImplemented('partNumber');
      return getObject;
    case 'PUT':
      return putRoute(request, has);
    case 'POST':
      if (has('uploads')) return createMultipartUpload;
      return has('uploadId') ? completeMultipartUpload : undefined;
    case 'DELETE':
      return has('uploadId') ? abortMultipartUpload : deleteObject;
  }
  return undefined;
}

function putRoute(request: S3Request, has: (name: string) => boolean): Route {
  const copying = request.amz('x-amz-copy-source') !== undefined;
  if (!has('uploadId')) return copying ? copyObject : putObject;
  if (copying) throw notImplemented('x-amz-copy-source');
  return uploadPart;
}

function bucketRoute(request: S3Request, has: (name: string) => boolean): Route | undefined {
  switch (request.method) {
    case 'HEAD':
      return headBucket;
    case 'GET':
      if (has('location')) return bucketLocation;
      if (has('uploads')) return listMultipartUploads;
      if (request.param('list-type') === '2') return listObjectsV2;
      throw notImplemented('list-type');
    case 'POST':
      return has('delete') ? deleteObjects : undefined;
  }
  return undefined;
}

const headBucket: Route = ({ response }) => {
  response.writeHead(200, { 'content-type': 'application/xml' }).end();
};

// an empty constraint is how S3 says us-east-1, and a single region is all that a stand-in has
const bucketLocation: Route = ({ response }) => sendXml(response, element('LocationConstraint', ''));
