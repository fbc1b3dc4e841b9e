import { pageOf } from '@lyceum/http';
import { z } from 'zod';
import { type Entry, SYSTEM, UNKNOWN } from './audit-chain.js';
import type { Verification } from './audit-verification.service.js';
import type { CheckpointJwk } from './checkpoint-key.js';

const Facts = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]));

export const AuditEntry = z
  .object({
    seq: z.int().describe('from 1, without gaps'),
    id: z.string().describe('of the event that it was taken from'),
    at: z.iso.datetime(),
    action: z.string(),
    actor: z.string().describe('id of an account; `system` for time and consequences, `unknown` for strangers'),
    target: z.string().optional().describe('id of the account that it was done to'),
    reason: z.string().optional(),
    facts: Facts,
    prevHash: z.string(),
    hash: z.string(),
  })
  .meta({ id: 'AuditEntry' });
export type AuditEntry = z.infer<typeof AuditEntry>;

export const AuditPage = pageOf(AuditEntry).meta({ id: 'AuditPage' });
export type AuditPage = z.infer<typeof AuditPage>;

const Link = z.object({ seq: z.int(), hash: z.string() });
export const AuditVerification = z
  .object({
    intact: z.boolean(),
    entries: z.int().describe('how many were followed without a fault'),
    head: Link.describe('the last good one'),
    checkpoint: Link.extend({ at: z.iso.datetime() }).optional().describe('the newest signed word'),
    firstBroken: z
      .object({
        seq: z.int(),
        problem: z.enum([
          'changed-entry',
          'missing-entry',
          'moved-entry',
          'cut-off-end',
          'rewritten-history',
          'forged-checkpoint',
          'no-checkpoint',
        ]),
      })
      .optional(),
    key: z
      .object({ kty: z.string(), crv: z.string(), x: z.string(), kid: z.string() })
      .describe('verifies checkpoints'),
  })
  .meta({ id: 'AuditVerification' });
export type AuditVerification = z.infer<typeof AuditVerification>;

export const SecurityEvent = z
  .object({
    id: z.string(),
    at: z.iso.datetime(),
    action: z.string(),
    by: z.enum(['you', 'administrator', 'system', 'unknown']),
    facts: Facts,
  })
  .meta({ id: 'SecurityEvent' });
export type SecurityEvent = z.infer<typeof SecurityEvent>;

export const SecurityEventPage = pageOf(SecurityEvent).meta({ id: 'SecurityEventPage' });
export type SecurityEventPage = z.infer<typeof SecurityEventPage>;

export const entryOf = ({ seq, id, at, action, actor, target, reason, facts, prevHash, hash }: Entry): AuditEntry => ({
  seq,
  id,
  at: at.toISOString(),
  action,
  actor,
  ...(target === undefined ? {} : { target }),
  ...(reason === undefined ? {} : { reason }),
  facts: factsOf(facts),
  prevHash,
  hash,
});

export const verificationOf = (
  { intact, entries, head, checkpoint, firstBroken }: Verification,
  key: CheckpointJwk,
): AuditVerification => ({
  intact,
  entries,
  head,
  ...(checkpoint ? { checkpoint } : {}),
  ...(firstBroken ? { firstBroken } : {}),
  key,
});

/** Which administrator it was, and why, is the administrators' affair. */
export const securityEventOf = ({ id, at, action, actor, target, facts }: Entry): SecurityEvent => ({
  id,
  at: at.toISOString(),
  action,
  by: actor === target ? 'you' : actor === SYSTEM || actor === UNKNOWN ? actor : 'administrator',
  facts: factsOf(facts),
});

const factsOf = (facts: Entry['facts']): z.infer<typeof Facts> =>
  Object.fromEntries(Object.entries(facts).map(([name, fact]) => [name, typeof fact === 'object' ? [...fact] : fact]));
