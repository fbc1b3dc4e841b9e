import type { BaseConfig } from '@lyceum/host';
import { z } from 'zod';

/** Enrollment reads nothing beside what every service reads. */
export const Config = z.object({});
export type Config = BaseConfig & z.infer<typeof Config>;
