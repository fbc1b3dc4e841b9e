import { Envelope } from '@lyceum/contracts';
import type { ConsumeMessage, MessagePropertyHeaders, Options } from 'amqplib';
import type { DeadLetter } from '../bus.js';
import { ContractBroken, type Failure } from '../failure.js';

/** A message on its way to the broker. */
export interface Outgoing {
  readonly exchange: string;
  readonly key: string;
  readonly content: Buffer;
  readonly options: Options.Publish;
}

/** What a message from the broker says. */
export interface Incoming {
  readonly event: Envelope | ContractBroken;
  readonly replayed: boolean;
  readonly failure?: Failure;
}

const contentType = 'application/cloudevents+json';
const header = {
  replayed: 'lyceum-replayed',
  attempts: 'lyceum-attempts',
  error: 'lyceum-error',
  stack: 'lyceum-stack',
  firstFailedAt: 'lyceum-first-failed-at',
  lastFailedAt: 'lyceum-last-failed-at',
} as const;

/** The message for an event. */
export function outgoing(event: Envelope, target: { exchange: string; key: string }, replayed = false): Outgoing {
  return {
    ...target,
    content: Buffer.from(JSON.stringify(event)),
    options: {
      persistent: true,
      contentType,
      messageId: event.id,
      type: event.type,
      timestamp: Math.floor(Date.parse(event.time) / 1_000),
      headers: {
        ...(event.traceparent ? { traceparent: event.traceparent } : {}),
        ...(replayed ? { [header.replayed]: true } : {}),
      },
    },
  };
}

/** The same message for another queue, with its failure written into the headers. */
export function failedCopy(message: ConsumeMessage, failure: Failure, queue: string): Outgoing {
  return copyOf(message, queue, {
    ...ownHeaders(message),
    [header.attempts]: failure.attempts,
    [header.error]: failure.error,
    ...(failure.stack ? { [header.stack]: failure.stack } : {}),
    [header.firstFailedAt]: failure.firstFailedAt,
    [header.lastFailedAt]: failure.lastFailedAt,
  });
}

/** The same message for the service's queue, marked as replayed and with its failures forgotten. */
export function replayedCopy(message: ConsumeMessage, queue: string): Outgoing {
  const forgotten: readonly string[] = [
    header.attempts,
    header.error,
    header.stack,
    header.firstFailedAt,
    header.lastFailedAt,
  ];
  const kept = Object.entries(ownHeaders(message)).filter(([name]) => !forgotten.includes(name));
  return copyOf(message, queue, { ...Object.fromEntries(kept), [header.replayed]: true });
}

/** What we wrote into the headers, and not the broker. */
function ownHeaders({ properties }: ConsumeMessage): Record<string, unknown> {
  return Object.fromEntries(Object.entries(properties.headers ?? {}).filter(([name]) => !name.startsWith('x-')));
}

function copyOf(message: ConsumeMessage, queue: string, headers: Record<string, unknown>): Outgoing {
  const { messageId, type, timestamp } = message.properties;
  return {
    exchange: '',
    key: queue,
    content: message.content,
    options: {
      persistent: true,
      contentType,
      ...(messageId === undefined ? {} : { messageId }),
      ...(type === undefined ? {} : { type }),
      ...(timestamp === undefined ? {} : { timestamp }),
      headers,
    },
  };
}

const textIn = (headers: MessagePropertyHeaders, name: string): string | undefined =>
  typeof headers[name] === 'string' ? headers[name] : undefined;

function failureIn(headers: MessagePropertyHeaders): Failure | undefined {
  const attempts: unknown = headers[header.attempts];
  if (typeof attempts !== 'number') return undefined;
  const stack = textIn(headers, header.stack);
  const now = new Date().toISOString();
  return {
    error: textIn(headers, header.error) ?? 'unknown',
    ...(stack ? { stack } : {}),
    attempts,
    firstFailedAt: textIn(headers, header.firstFailedAt) ?? now,
    lastFailedAt: textIn(headers, header.lastFailedAt) ?? now,
  };
}

function envelopeIn(content: Buffer): Envelope | ContractBroken {
  try {
    return Envelope.parse(JSON.parse(content.toString('utf8')));
  } catch (cause) {
    return new ContractBroken('The message is no CloudEvent of ours', { cause });
  }
}

export function incoming(message: ConsumeMessage): Incoming {
  const headers = message.properties.headers ?? {};
  const failure = failureIn(headers);
  return {
    event: envelopeIn(message.content),
    replayed: headers[header.replayed] === true,
    ...(failure ? { failure } : {}),
  };
}

/** How often a quorum queue has handed this message out before without an answer; 0 where the broker does not count. */
export function unansweredDeliveries(message: ConsumeMessage): number {
  const count: unknown = message.properties.headers?.['x-delivery-count'];
  return typeof count === 'number' ? count : 0;
}

const longestRaw = 10_000;

/** A parked message as operators see it. One that is no event is shown as the data of a stand-in of type `malformed`. */
export function deadLetter(message: ConsumeMessage, service: string): DeadLetter {
  const { event, failure } = incoming(message);
  const now = new Date().toISOString();
  const standIn = (): Envelope => ({
    specversion: '1.0',
    id: String(message.properties.messageId ?? 'unknown'),
    source: '/lyceum/unknown',
    type: 'malformed',
    subject: 'unknown',
    time: failure?.firstFailedAt ?? now,
    datacontenttype: 'application/json',
    dataschema: 'urn:lyceum:event:malformed',
    aggregateversion: 1,
    data: message.content.toString('utf8').slice(0, longestRaw),
  });
  const unknown: Failure = { error: 'unknown', attempts: 0, firstFailedAt: now, lastFailedAt: now };
  return { event: event instanceof ContractBroken ? standIn() : event, service, ...(failure ?? unknown) };
}
