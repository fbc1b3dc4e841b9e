import type { BaseConfig } from '@lyceum/host';
import { z } from 'zod';

/** The catalog needs nothing beside what every service reads. */
export const Config = z.object({});
export type Config = BaseConfig & z.infer<typeof Config>;
