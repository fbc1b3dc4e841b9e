import { z } from 'zod';
import type { Selection } from './command.js';

/** The platform did not do what was asked; the message says why, to the person at the keyboard. */
export class Refused extends Error {
  override readonly name = 'Refused';
}

const Problem = z.looseObject({
  code: z.string(),
  title: z.string(),
  detail: z.string().optional(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
});
const SignedIn = z.looseObject({ accessToken: z.string() });

export const Letter = z.looseObject({
  eventId: z.string(),
  type: z.string(),
  subject: z.string(),
  error: z.string(),
  attempts: z.int(),
  firstFailedAt: z.string(),
  lastFailedAt: z.string(),
});
export type Letter = z.infer<typeof Letter>;
const Letters = z.object({ total: z.int(), items: z.array(Letter) });
const LetterInFull = Letter.extend({ stack: z.string().optional(), event: z.unknown() });
export type LetterInFull = z.infer<typeof LetterInFull>;
const Done = z.object({ count: z.int(), more: z.boolean(), ids: z.array(z.string()) });
export const Projection = z.looseObject({
  name: z.string(),
  feeds: z.array(z.string()),
  rows: z.int(),
  rebuild: z
    .looseObject({
      status: z.enum(['announced', 'filling', 'replacing', 'done', 'failed']),
      startedAt: z.string(),
      finishedAt: z.string().optional(),
      failure: z.string().optional(),
      sources: z.array(z.looseObject({ type: z.string(), events: z.int(), complete: z.boolean() })),
    })
    .optional(),
});
export type Projection = z.infer<typeof Projection>;
const Projections = z.object({ items: z.array(Projection) });
const Overview = z.object({
  services: z.array(z.looseObject({ service: z.string(), deadLetters: z.int(), projections: z.array(Projection) })),
  silent: z.array(z.string()),
});
export type Overview = z.infer<typeof Overview>;
const Acts = z.object({
  items: z.array(
    z.looseObject({
      at: z.string(),
      operatorId: z.string(),
      act: z.string(),
      order: z.record(z.string(), z.unknown()),
      reason: z.string().optional(),
      outcome: z.string(),
      count: z.int().optional(),
    }),
  ),
});
export type Act = z.infer<typeof Acts>['items'][number];

const JobRun = z.looseObject({
  runId: z.string(),
  dueAt: z.string(),
  operatorId: z.string().optional(),
  status: z.enum(['waiting', 'running', 'done', 'failed']),
  attempts: z.int(),
  startedAt: z.string().optional(),
  finishedAt: z.string().optional(),
  failure: z.string().optional(),
  counts: z.record(z.string(), z.number()),
});
export type JobRun = z.infer<typeof JobRun>;
const Job = z.looseObject({
  name: z.string(),
  summary: z.string(),
  schedule: z.string(),
  nextDueAt: z.string(),
  runs: z.array(JobRun),
});
export type Job = z.infer<typeof Job>;
const Jobs = z.object({ items: z.array(Job) });

const SigningKeys = z.object({
  keys: z.array(
    z.looseObject({ kid: z.string(), status: z.string(), activeFrom: z.string(), retireAfter: z.string().optional() }),
  ),
  withdrawn: z.array(z.object({ kid: z.string(), at: z.string() })),
});
export type SigningKeys = z.infer<typeof SigningKeys>;
const EncryptionKeys = z.object({
  keyId: z.string(),
  readOnlyKeyIds: z.array(z.string()),
  left: z.record(z.string(), z.int()),
});
export type EncryptionKeys = z.infer<typeof EncryptionKeys>;

/** Who is asking: an access token, or an account. */
export type Identity = { readonly token: string } | { readonly email: string; readonly password: string };

/** The operators' side of a platform, through its edge. Every method throws {@link Refused}. */
export class Desk {
  private constructor(
    private readonly url: string,
    private readonly token: string,
  ) {}

  static async open(url: string, identity: Identity): Promise<Desk> {
    const base = url.replace(/\/$/, '');
    if ('token' in identity) return new Desk(base, identity.token);
    const { accessToken } = await call(base, 'POST', '/auth/sign-in', SignedIn, { body: identity });
    return new Desk(base, accessToken);
  }

  overview(): Promise<Overview> {
    return call(this.url, 'GET', '/operations', Overview, { token: this.token });
  }
  deadLetters(service: string, selection: Omit<Selection, 'ids'>, limit: number): Promise<z.infer<typeof Letters>> {
    const query = new URLSearchParams({ ...selection, limit: String(limit) });
    return this.ask('GET', service, `/dead-letters?${query.toString()}`, Letters);
  }
  deadLetter(service: string, id: string): Promise<LetterInFull> {
    return this.ask('GET', service, `/dead-letters/${encodeURIComponent(id)}`, LetterInFull);
  }
  /** Gives back, or only counts, all that are meant, however many. */
  async replay(service: string, order: Selection & { dryRun: boolean; reason?: string }): Promise<{ count: number }> {
    const begun = new Date().toISOString();
    let body: object = order;
    for (let count = 0; ;) {
      const done = await this.ask('POST', service, '/dead-letters/replay', Done, body);
      count += done.count;
      if (!done.more || order.dryRun || order.ids) return { count };
      body = { failedBefore: begun, ...order }; // what fails again meanwhile is not given back again
    }
  }
  drop(service: string, ids: readonly string[], reason: string): Promise<{ count: number }> {
    return this.ask('POST', service, '/dead-letters/drop', Done, { ids, reason });
  }
  async projections(service: string): Promise<Projection[]> {
    return (await this.ask('GET', service, '/projections', Projections)).items;
  }
  projection(service: string, name: string): Promise<Projection> {
    return this.ask('GET', service, `/projections/${encodeURIComponent(name)}`, Projection);
  }
  rebuild(service: string, name: string, reason?: string): Promise<Projection> {
    const path = `/projections/${encodeURIComponent(name)}/rebuild`;
    return this.ask('POST', service, path, Projection, reason ? { reason } : {});
  }
  async acts(service: string): Promise<Act[]> {
    return (await this.ask('GET', service, '/acts?limit=50', Acts)).items;
  }

  async jobs(service: string): Promise<Job[]> {
    return (await this.ask('GET', service, '/jobs', Jobs)).items;
  }
  /** @param name with its service in front: `identity.cleanup` */
  job(name: string): Promise<Job> {
    return this.ask('GET', serviceOf(name), `/jobs/${encodeURIComponent(name)}`, Job);
  }
  runJob(name: string, reason?: string): Promise<JobRun> {
    const path = `/jobs/${encodeURIComponent(name)}/run`;
    return this.ask('POST', serviceOf(name), path, JobRun, reason ? { reason } : {});
  }
  signingKeys(): Promise<SigningKeys> {
    return this.ask('GET', 'identity', '/signing-keys', SigningKeys);
  }
  rotateSigningKeys({ now, reason }: { now: boolean; reason: string }): Promise<SigningKeys> {
    return this.ask('POST', 'identity', '/signing-keys/rotate', SigningKeys, { now, reason });
  }
  encryptionKeys(): Promise<EncryptionKeys> {
    return this.ask('GET', 'identity', '/encryption', EncryptionKeys);
  }

  private ask<Schema extends z.ZodType>(
    method: string,
    service: string,
    path: string,
    schema: Schema,
    body?: object,
  ): Promise<z.output<Schema>> {
    const at = `/operations/${encodeURIComponent(service)}${path}`;
    return call(this.url, method, at, schema, { token: this.token, body });
  }
}

const serviceOf = (job: string): string => job.split('.')[0] ?? '';

async function call<Schema extends z.ZodType>(
  url: string,
  method: string,
  path: string,
  schema: Schema,
  { token, body }: { token?: string; body?: object | undefined },
): Promise<z.output<Schema>> {
  let response: Response;
  try {
    response = await fetch(`${url}${path}`, {
      method,
      headers: {
        ...(token ? { authorization: `Bearer ${token}` } : {}),
        ...(body ? { 'content-type': 'application/json' } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
      signal: AbortSignal.timeout(60_000),
    });
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    throw new Refused(`${url} does not answer: ${cause || 'nobody listens there'}`);
  }
  const value: unknown = await response.json().catch(() => undefined);
  if (!response.ok) throw new Refused(sentence(response.status, path, value));
  const answer = schema.safeParse(value);
  if (!answer.success) throw new Refused(`${url}${path} answered something else than a Lyceum platform would`);
  return answer.data;
}

function sentence(status: number, path: string, value: unknown): string {
  const problem = Problem.safeParse(value).data;
  if (!problem) return `The platform answered ${status}`;
  const { code, title, detail, errors = [] } = problem;
  const service = /^\/operations\/([^/?]+)/.exec(path)?.[1];
  if (code === 'http.not-found' && service) return `There is no service ${decodeURIComponent(service)}`;
  if (code === 'http.not-allowed') return 'This account is not an administrator';
  const wrong = errors.map((error) => [error.path, error.message].filter(Boolean).join(' '));
  return [title, ...(detail ? [detail] : []), ...wrong].join(': ');
}
