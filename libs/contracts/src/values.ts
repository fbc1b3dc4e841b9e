import { isCurrency } from '@lyceum/kernel';
import { z } from 'zod';

/** Shapes that several events share. Ids are opaque text to everyone but their owner. */
export const Id = z.string().min(1).max(200);
export const Instant = z.iso.datetime();
export const MoneyValue = z.object({
  amount: z.int().nonnegative().describe('in minor units of the currency'),
  currency: z.string().refine(isCurrency, 'is not an ISO 4217 currency'),
});
export const Role = z.enum(['STUDENT', 'INSTRUCTOR', 'ADMIN']);
export type Role = z.infer<typeof Role>;
