import { createHash } from 'node:crypto';
import { isIP } from 'node:net';
import type { KeyRing } from '@lyceum/store';
import { z } from 'zod';

const port = z.coerce.number().int().min(0).max(65_535);

const networks = new Set(['loopback', 'linklocal', 'uniquelocal']);

function isAddressRange(text: string): boolean {
  const [address = '', bits, ...more] = text.split('/');
  const widest = isIP(address) === 4 ? 32 : isIP(address) === 6 ? 128 : -1;
  return more.length === 0 && widest > 0 && (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= widest));
}

const isProxyList = (text: string): boolean =>
  text.split(',').every((each) => networks.has(each.trim()) || isAddressRange(each.trim()));

/** What every service reads. */
export const BaseConfig = z.object({
  HOST: z.string().default('127.0.0.1').describe('address to listen on'),
  PORT: port.default(0).describe('port to listen on; 0 takes a free one'),
  MANAGEMENT_PORT: port
    .optional()
    .describe('port for /health/* and /metrics; without it they are on PORT, and the edge then has no /metrics'),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  LOG_FORMAT: z.enum(['json', 'pretty']).default('json'),
  BODY_LIMIT_BYTES: z.coerce.number().int().positive().default(1_048_576).describe('largest JSON body'),
  TRUST_PROXY: z
    .string()
    .refine(
      isProxyList,
      'must be addresses, ranges (10.0.0.0/8), loopback, linklocal or uniquelocal, with commas between',
    )
    .default('loopback')
    .describe('addresses whose X-Forwarded-* headers are believed'),
  SHUTDOWN_GRACE_MS: z.coerce.number().int().positive().default(10_000).describe('for requests and handlers under way'),
  PUBLIC_URL: z.url().describe('base URL of the edge as clients see it'),
  JWT_ISSUER: z.url().describe('`iss` of access tokens'),
  JWT_AUDIENCE: z.string().min(1).default('lyceum').describe('`aud` of access tokens'),
  JWKS_URL: z
    .url()
    .optional()
    .describe(
      'where identity serves its public keys, and beside them the sessions that ended; identity itself needs none',
    ),
  REDIS_URL: z
    .string()
    .regex(/^rediss?:\/\//, 'must begin with redis:// or rediss://')
    .optional()
    .describe('what all instances share and each can do without: rate limits, news of ended sessions'),
  REDIS_PREFIX: z
    .string()
    .regex(/^[\w.:-]{0,40}$/, 'must be at most 40 letters, digits, _, ., : or -')
    .default('lyceum:')
    .describe('put before every key: environments that share a Redis do not meet'),
});
export type BaseConfig = z.infer<typeof BaseConfig>;

/** What a service with a database reads as well. */
export const DataConfig = z.object({
  MONGODB_URI: z.string().regex(/^mongodb(\+srv)?:\/\//, 'must begin with mongodb:// or mongodb+srv://'),
  DATABASE_PREFIX: z
    .string()
    .regex(/^[\w-]{0,30}$/, 'must be at most 30 letters, digits, _ or -')
    .default('')
    .describe('put before the database name: environments that share a server do not meet'),
  EVENT_LOG_RETENTION_DAYS: z.coerce
    .number()
    .int()
    .min(1)
    .max(36_500)
    .default(400)
    .describe('events that newer ones supersede stay that long in the log; all others stay for ever'),
  SEAL_PERSONAL_DATA_AFTER_SECONDS: z.coerce
    .number()
    .int()
    .min(0)
    .max(31_536_000)
    .default(3_600)
    .describe(
      'how long after a version that encrypts more than the one before has started for the first time older instances may still run; only then is what they must read encrypted. New installations encrypt at once',
    ),
});

const isKey = (text: string): boolean => /^[A-Za-z0-9+/]{43}=$/.test(text);
const readOnly = 'S_READ_ONLY';

/** What a service reads that keeps personal data; the name of the variable is its own. */
export const keyConfig = (variable: string): z.ZodObject =>
  z.object({
    [variable]: z
      .string()
      .refine(isKey, 'must be 32 bytes in base64')
      .describe(
        'encrypts the keys of personal data, and other secrets at rest; 32 bytes in base64, for this service alone',
      ),
    [`${variable}${readOnly}`]: z
      .string()
      .default('')
      .transform((list) => list.split(',').map((key) => key.trim()))
      .transform((keys) => keys.filter((key) => key !== ''))
      .refine((keys) => keys.every(isKey), 'must be 32 bytes in base64 each, with commas between')
      .describe(
        `further keys that are only read with, with commas between: the one that ${variable} replaces, until nothing is encrypted with it any more; or the next one, while instances learn of it`,
      ),
  });

const Keys = z.object({ current: z.string(), others: z.array(z.string()) });

/** The key ring from a parsed configuration. A key's id is made from the key: it tells keys apart, and nothing about them. */
export function keyRingOf(variable: string, config: Record<string, unknown>): KeyRing {
  const { current, others } = Keys.parse({ current: config[variable], others: config[`${variable}${readOnly}`] });
  return {
    currentKeyId: keyIdOf(current),
    keys: Object.fromEntries([current, ...others].map((key) => [keyIdOf(key), key])),
  };
}

const keyIdOf = (key: string): string =>
  createHash('sha256').update('lyceum key id').update(Buffer.from(key, 'base64')).digest('hex').slice(0, 12);

/** What a service reads that is not handed a bus. */
export const BrokerConfig = z.object({
  AMQP_URL: z.string().regex(/^amqps?:\/\//, 'must begin with amqp:// or amqps://'),
  BUS_NAMESPACE: z
    .string()
    .regex(/^[\w.-]{0,40}$/, 'must be at most 40 letters, digits, _, . or -')
    .default('')
    .describe('put before exchange and queue names: environments that share a broker do not meet'),
});

/** Injection token of a service's parsed configuration. */
export const CONFIG = Symbol('config');

/** A setting is missing or bad; the message names every one and shows no value. */
export class BadConfiguration extends Error {
  override readonly name = 'BadConfiguration';
  constructor(service: string, problems: readonly string[]) {
    super(`${service} cannot start: ${problems.join('; ')}`);
  }
}

/**
 * Parses the environment. An empty or blank variable counts as unset.
 * Throws {@link BadConfiguration} that lists every bad name.
 */
export function readConfig<Schema extends z.ZodType>(
  service: string,
  schema: Schema,
  env: NodeJS.ProcessEnv,
): z.output<Schema> {
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value?.trim()));
  const result = schema.safeParse(set);
  if (result.success) return result.data;
  const problems = new Map<string, string>();
  for (const issue of result.error.issues) {
    const [first] = issue.path;
    const name = first === undefined ? 'the settings' : String(first);
    const missing = first !== undefined && !(name in set);
    if (!problems.has(name)) problems.set(name, missing ? `${name} is missing` : `${name} ${issue.message}`);
  }
  throw new BadConfiguration(service, [...problems.values()]);
}
