import type { BaseConfig } from '@lyceum/host';
import { z } from 'zod';

export const Config = z.object({
  QUIZ_GRACE_SECONDS: z.coerce
    .number()
    .int()
    .min(0)
    .max(300)
    .default(10)
    .describe('how long after the end of a timed quiz its answers may still be on their way'),
  CERTIFICATE_FONTS: z
    .string()
    .default('')
    .transform((text) =>
      text
        .split(',')
        .map((path) => path.trim())
        .filter(Boolean),
    )
    .describe('comma-separated font files (TTF, OTF, WOFF) for letters that the standard PDF fonts lack, best first'),
});
export type Config = BaseConfig & z.infer<typeof Config>;
