import { createHash } from 'node:crypto';
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
import { ApiHeader } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Observable, catchError, concatMap, from, of, throwError } from 'rxjs';
import { z } from 'zod';
import { callerOf } from './caller.js';
import { Refuses } from './openapi.js';
import { refusals } from './refusals.js';

/** What was answered to a request with an `Idempotency-Key`; kept for 24 h. */
export interface IdempotencyRecord {
  /** Caller, route and key. */
  readonly id: string;
  /** SHA-256 of the body: the same key with another body is refused. */
  readonly fingerprint: string;
  readonly startedAt: Date;
  readonly expiresAt: Date;
  readonly answer?: { readonly status: number; readonly body: string } | undefined;
}

const DAY = 86_400_000;
/** After this long without an answer the first request has died, and a repeated one takes its place. */
const ABANDONED = 60_000;

@Injectable()
export class IdempotencyRecords extends Records<IdempotencyRecord> {
  constructor(database: Database) {
    super(database, {
      collection: 'idempotency_keys',
      fields: { fingerprint: String, startedAt: Date, expiresAt: Date, answer: { status: Number, body: String } },
      indexes: [{ keys: { expiresAt: 1 }, expireAfterSeconds: 0 }],
    });
  }
}

const Key = z.string().regex(/^[\w-]{8,128}$/, 'must be 8 to 128 letters, digits, _ or -');

@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  constructor(
    private readonly records: IdempotencyRecords,
    private readonly clock: Clock,
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
    if (earlier) {
      void reply.code(earlier.status).header('idempotency-replayed', 'true');
      return of(JSON.parse(earlier.body));
    }
    return next.handle().pipe(
      concatMap((body: unknown) =>
        from(
          this.records
            .update(record.id, { answer: { status: reply.statusCode, body: JSON.stringify(body ?? null) } })
            .then(() => body),
        ),
      ),
      // a refused or failed request has done nothing: the same key may try again
      catchError((error: unknown) =>
        from(this.records.remove(record.id)).pipe(concatMap(() => throwError(() => error))),
      ),
    );
  }

  private begin(request: FastifyRequest, key: string): IdempotencyRecord {
    const now = this.clock.now();
    const route = `${request.method} ${request.url}`;
    return {
      id: `${callerOf(request)?.id ?? request.ip} ${route} ${key}`,
      fingerprint: createHash('sha256')
        .update(JSON.stringify(request.body ?? null))
        .digest('base64url'),
      startedAt: now,
      expiresAt: new Date(now.getTime() + DAY),
    };
  }

  /** The earlier answer, or undefined when this request is the one to work. */
  private async claim(record: IdempotencyRecord): Promise<IdempotencyRecord['answer']> {
    if (await this.records.insertOnce(record)) return undefined;
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
