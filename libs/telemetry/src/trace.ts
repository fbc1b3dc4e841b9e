import { AsyncLocalStorage } from 'node:async_hooks';
import { randomBytes } from 'node:crypto';
import { context, propagation, ROOT_CONTEXT } from '@opentelemetry/api';

/** What ties the log lines, events and requests of one cause together. */
export interface Trace {
  /** W3C trace context, version 00. */
  readonly traceparent: string;
  readonly requestId?: string | undefined;
}

const storage = new AsyncLocalStorage<Trace>();
const form = /^00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}$/;
const zeros = /^0+$/;

/** A well-formed `traceparent`, or undefined: what comes from outside is not trusted to be one. */
export function parseTraceparent(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const [, trace, span] = form.exec(value) ?? [];
  return trace && span && !zeros.test(trace) && !zeros.test(span) ? value : undefined;
}

// asking the system for randomness costs more than all the rest: it is asked for many traces at once
let random = '';

/** Begins a trace of its own. */
export function newTraceparent(): string {
  if (random === '') random = randomBytes(24 * 128).toString('hex');
  const [trace, span] = [random.slice(0, 32), random.slice(32, 48)];
  random = random.slice(48);
  return `00-${trace}-${span}-01`;
}

/** Runs `work` under a trace: log lines carry its id and events its traceparent, also when OpenTelemetry is off. */
export function inTrace<T>(trace: Trace, work: () => T): T {
  return storage.run(trace, () =>
    context.with(propagation.extract(ROOT_CONTEXT, { traceparent: trace.traceparent }), work),
  );
}

/** The current trace: OpenTelemetry's active span where tracing is on, else what {@link inTrace} set. */
export function currentTrace(): Trace | undefined {
  const carrier: { traceparent?: string } = {};
  propagation.inject(context.active(), carrier);
  const stored = storage.getStore();
  const traceparent = carrier.traceparent ?? stored?.traceparent;
  return traceparent ? { traceparent, requestId: stored?.requestId } : undefined;
}

/** The 32 hex digits that name the trace. */
export const traceIdOf = (traceparent: string): string => traceparent.slice(3, 35);

/** Whether OpenTelemetry names the trace in every HTTP request that leaves: whoever does so too says it twice, and is not understood. */
export const isNamedByTracing = (): boolean => propagation.fields().length > 0;
