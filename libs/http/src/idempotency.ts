import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type CallHandler,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  UseInterceptors,
  applyDecorators,
} from '@nestjs/common';
import { Clock } from '@lyceum/kernel';
import { Database, Records } from '@lyceum/store';
import { Log } from '@lyceum/telemetry';
import { ApiHeader } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Observable, catchError, concatMap, from, of, throwError } from 'rxjs';
import { z } from 'zod';
import { callerOf } from './caller.js';
import { refusals } from './refusals.js';
import { Refuses } from './refuses.js';

interface StoredAnswer {
  readonly status: number;
  /** As JSON; none for an answer without a body. */
  readonly body?: string | undefined;
  readonly etag?: string | undefined;
  readonly location?: string | undefined;
}

/** What was answered to a request with an `Idempotency-Key`; kept for 24 h. */
export interface IdempotencyRecord {
  /** Hash of caller, route and key. */
  readonly id: string;
  /** Hash of whose request it was; none of a visitor. */
  readonly caller?: string | undefined;
  /** Hash of the body: the same key with another body is refused. */
  readonly fingerprint: string;
  readonly startedAt: Date;
  readonly expiresAt: Date;
  readonly answer?: StoredAnswer | undefined;
}

const DAY = 86_400_000;
/** After this long without an answer the first request has died, and a repeated one takes its place. */
const ABANDONED = 60_000;

@Injectable()
export class IdempotencyRecords extends Records<IdempotencyRecord> {
  constructor(database: Database) {
    super(database, {
      collection: 'idempotency_keys',
      fields: {
        caller: String,
        fingerprint: String,
        startedAt: Date,
        expiresAt: Date,
        answer: Object, // as a nested schema it would be {} from the beginning
      },
      indexes: [
        { keys: { expiresAt: 1 }, expireAfterSeconds: 0 },
        { keys: { caller: 1 }, where: { caller: { $exists: true } } },
      ],
    });
  }

  /** What somebody was answered is gone; says how many answers that were. */
  forget(callerId: string): Promise<number> {
    return this.removeAll({ caller: hashOf([callerId]) });
  }
}

const Key = z.string().regex(/^[\w-]{8,128}$/, 'must be 8 to 128 letters, digits, _ or -');

@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  constructor(
    private readonly records: IdempotencyRecords,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const given = request.headers['idempotency-key'];
    if (given === undefined) return next.handle();
    const key = Key.safeParse(given);
    if (!key.success)
      throw refusals.invalidRequest('The Idempotency-Key header is malformed', {
        errors: key.error.issues.map(({ message }) => ({ path: 'Idempotency-Key', message })),
      });
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    const record = this.begin(request, key.data);
    const earlier = await this.claim(record);
    if (earlier) return of(replay(earlier, reply));
    return next.handle().pipe(
      // a refused or failed request has done nothing: the same key may try again
      catchError((error: unknown) => from(this.release(record)).pipe(concatMap(() => throwError(() => error)))),
      concatMap((body: unknown) => from(this.remember(record, answerOf(reply, body)).then(() => body))),
    );
  }

  private begin(request: FastifyRequest, key: string): IdempotencyRecord {
    const now = this.clock.now();
    const callerId = callerOf(request)?.id;
    return {
      id: hashOf([callerId ?? `visitor ${request.ip}`, request.method, request.url, key]),
      ...(callerId === undefined ? {} : { caller: hashOf([callerId]) }),
      fingerprint: hashOf(request.body ?? null),
      startedAt: now,
      expiresAt: new Date(now.getTime() + DAY),
    };
  }

  /** The earlier answer, or undefined when this request is the one to work. */
  private async claim(record: IdempotencyRecord): Promise<StoredAnswer | undefined> {
    if (await this.insert(record)) return undefined;
    const earlier = await this.records.get(record.id);
    if (!earlier) throw refusals.requestInProgress(); // it has just been refused and removed
    if (earlier.fingerprint !== record.fingerprint) throw refusals.idempotencyKeyReused();
    if (earlier.answer) return earlier.answer;
    if (record.startedAt.getTime() - earlier.startedAt.getTime() < ABANDONED) throw refusals.requestInProgress();
    const taken = await this.records.update(
      record.id,
      { startedAt: record.startedAt },
      { startedAt: earlier.startedAt },
    );
    if (!taken) throw refusals.requestInProgress();
    return undefined;
  }

  /** An insert that failed may have happened all the same: then nobody is at work under this key. */
  private async insert(record: IdempotencyRecord): Promise<boolean> {
    try {
      return await this.records.insertOnce(record);
    } catch (error) {
      void this.settleLater(() => this.records.remove(record.id, { startedAt: record.startedAt }));
      throw error;
    }
  }

  // The work is done, or refused, whatever becomes of the record: the caller is told so. Only one's own claim is touched:
  // somebody else may have taken it over.
  private remember(record: IdempotencyRecord, answer: StoredAnswer): Promise<void> {
    const { id, startedAt } = record;
    const keep = () => this.records.update(id, { answer }, { startedAt });
    return this.settle('an answer was not kept under its idempotency key', keep);
  }

  private release({ id, startedAt }: IdempotencyRecord): Promise<void> {
    return this.settle('an idempotency key was not released', () => this.records.remove(id, { startedAt }));
  }

  /** Does it, and when the database is away does it behind the caller's back: until then the key is refused as in progress. */
  private async settle(failure: string, work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.log.error(failure, error);
      void this.settleLater(work);
    }
  }

  private async settleLater(work: () => Promise<unknown>): Promise<void> {
    const end = performance.now() + ABANDONED;
    for (let pause = 250; performance.now() < end; pause = Math.min(2 * pause, 4_000)) {
      await delay(pause, undefined, { ref: false });
      const done = await work().then(
        () => true,
        () => false,
      );
      if (done) return;
    }
  }
}

const hashOf = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('base64url');

function answerOf(reply: FastifyReply, body: unknown): StoredAnswer {
  const header = (name: string) => {
    const value = reply.getHeader(name);
    return value === undefined ? undefined : String(value);
  };
  return {
    status: reply.statusCode,
    body: JSON.stringify(body),
    etag: header('etag'),
    location: header('location'),
  };
}

function replay({ status, body, etag, location }: StoredAnswer, reply: FastifyReply): unknown {
  void reply.code(status).header('idempotency-replayed', 'true');
  if (etag) void reply.header('etag', etag);
  if (location) void reply.header('location', location);
  return body === undefined ? undefined : (JSON.parse(body) as unknown);
}

/** Honours `Idempotency-Key`: the repeated request gets the first one's answer and changes nothing. */
export const Idempotent = (): MethodDecorator & ClassDecorator =>
  applyDecorators(
    UseInterceptors(IdempotencyInterceptor),
    ApiHeader({
      name: 'Idempotency-Key',
      required: false,
      description: 'repeat a request safely: 8 to 128 characters',
    }),
    Refuses(refusals.requestInProgress, refusals.idempotencyKeyReused),
  );
