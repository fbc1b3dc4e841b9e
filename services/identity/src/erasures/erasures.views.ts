import { ErasedThings, KeptThings } from '@lyceum/contracts';
import { z } from 'zod';
import type { ScheduledErasure } from '../accounts/account.js';
import { type Erasure, missing } from './erasure.js';

export const Scheduled = z
  .object({
    erasureId: z.string(),
    dueAt: z.iso.datetime().describe('until then it can be cancelled'),
  })
  .meta({ id: 'ScheduledErasure' });
export type Scheduled = z.infer<typeof Scheduled>;

export const ErasureView = z
  .object({
    erasureId: z.string(),
    userId: z.string().describe('the account that is no more'),
    by: z.enum(['owner', 'admin']),
    adminId: z.string().optional(),
    reason: z.string().optional(),
    begunAt: z.iso.datetime(),
    completeAt: z.iso.datetime().optional(),
    missing: z.array(z.string()).describe('services whose receipts have not come'),
    receipts: z.array(
      z.object({
        service: z.string(),
        at: z.iso.datetime(),
        erased: z.array(ErasedThings),
        kept: z.array(KeptThings),
      }),
    ),
  })
  .meta({ id: 'Erasure' });
export type ErasureView = z.infer<typeof ErasureView>;

export const scheduledView = ({ erasureId, dueAt }: ScheduledErasure): Scheduled => ({
  erasureId,
  dueAt: dueAt.toISOString(),
});

export const erasureView = (erasure: Erasure): ErasureView => ({
  erasureId: erasure.id,
  userId: erasure.userId,
  by: erasure.by,
  ...(erasure.adminId === undefined ? {} : { adminId: erasure.adminId }),
  ...(erasure.reason === undefined ? {} : { reason: erasure.reason }),
  begunAt: erasure.begunAt.toISOString(),
  ...(erasure.completeAt ? { completeAt: erasure.completeAt.toISOString() } : {}),
  missing: missing(erasure),
  receipts: erasure.receipts.map(({ service, at, erased, kept }) => ({
    service,
    at: at.toISOString(),
    erased: [...erased],
    kept: [...kept],
  })),
});
