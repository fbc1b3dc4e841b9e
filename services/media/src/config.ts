import type { BaseConfig } from '@lyceum/host';
import { z } from 'zod';

const megabytes = (fallback: number) => z.coerce.number().int().positive().default(fallback);

export const Config = z.object({
  S3_ENDPOINT: z
    .url()
    .optional()
    .describe('of an S3-compatible server, also https://storage.googleapis.com; AWS itself without it'),
  S3_REGION: z.string().min(1).describe('region of the bucket'),
  S3_BUCKET: z.string().min(3).describe('bucket for uploads; private'),
  S3_ACCESS_KEY_ID: z.string().min(1).describe('key id; for Google Cloud Storage an HMAC key'),
  S3_SECRET_ACCESS_KEY: z.string().min(1).describe('secret of the key'),
  S3_FORCE_PATH_STYLE: z.stringbool().default(false).describe('bucket in the path and not in the host name'),
  MAX_IMAGE_MB: megabytes(10).describe('largest picture'),
  MAX_VIDEO_MB: megabytes(5_000).describe('largest video'),
  MAX_DOCUMENT_MB: megabytes(100).describe('largest document'),
  MAX_RESOURCE_MB: megabytes(500).describe('largest supplementary file'),
  UPLOAD_TTL_SECONDS: z.coerce.number().int().min(30).max(86_400).default(900).describe('how long an upload URL works'),
  DELIVERY_TTL_SECONDS: z.coerce
    .number()
    .int()
    .min(30)
    .max(86_400)
    .default(300)
    .describe('how long a download URL works'),
});
export type Config = BaseConfig & z.infer<typeof Config>;
