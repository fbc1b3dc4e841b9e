import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { newSealingKeys } from '@lyceum/bus';
import { z } from 'zod';

/** Beside identity: who keeps personal data. */
const keepers = ['notify', 'progress', 'catalog', 'media', 'billing'] as const;
export const keyVariableOf = (service: string): string => `${service.toUpperCase()}_KEY_ENCRYPTION_KEY`;
const newKey = (): string => randomBytes(32).toString('base64');

const Secrets = z.object({
  keyEncryptionKey: z.string(),
  serviceKeys: z.record(z.enum(keepers), z.string()),
  sealingPublicKey: z.string(),
  sealingPrivateKey: z.string(),
  stripeSecretKey: z.string(),
  stripeWebhookSecret: z.string(),
  mailApiKey: z.string(),
  bucketAccessKeyId: z.string(),
  bucketSecretAccessKey: z.string(),
});
/** What the services and the stand-ins of one local platform share; made at its first start. */
export type Secrets = z.infer<typeof Secrets>;
const Kept = z.record(z.string(), z.unknown());

const newServiceKeys = (): Record<(typeof keepers)[number], string> => ({
  notify: newKey(),
  progress: newKey(),
  catalog: newKey(),
  media: newKey(),
  billing: newKey(),
});

const hex = (bytes: number): string => randomBytes(bytes).toString('hex');

export async function newSecrets(): Promise<Secrets> {
  const { publicJwk, privateJwk } = await newSealingKeys();
  return {
    keyEncryptionKey: newKey(),
    serviceKeys: newServiceKeys(),
    sealingPublicKey: JSON.stringify(publicJwk),
    sealingPrivateKey: JSON.stringify(privateJwk),
    stripeSecretKey: `sk_test_${hex(24)}`,
    stripeWebhookSecret: `whsec_${hex(24)}`,
    mailApiKey: `SG.${hex(11)}.${hex(22)}`,
    bucketAccessKeyId: `LYCEUM${hex(7).toUpperCase()}`,
    bucketSecretAccessKey: hex(20),
  };
}

/** The secrets of a data directory, made when they are not there yet; only their owner may read the file. */
export async function keptSecrets(file: string): Promise<Secrets> {
  const kept: unknown = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
  const known = Secrets.safeParse(kept);
  if (known.success) return known.data;
  // a directory from before a secret was needed keeps what it has
  const secrets = Secrets.parse({ ...(await newSecrets()), ...Kept.parse(kept ?? {}) });
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, JSON.stringify(secrets, null, 2), { mode: 0o600 });
  renameSync(`${file}.new`, file);
  return secrets;
}
