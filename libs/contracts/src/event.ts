import type { DomainEvent } from '@lyceum/kernel';
import { z } from 'zod';
import { type PersonalMark, type Redaction, redactionsOf } from './personal.js';

const nonEmpty = z.string().min(1);

/** CloudEvents 1.0 (JSON format) with the extension attributes `aggregateversion` and `traceparent`. */
export const Envelope = z.object({
  specversion: z.literal('1.0'),
  id: nonEmpty,
  /** `/lyceum/<publishing service>` */
  source: nonEmpty,
  type: nonEmpty,
  /** Id of the aggregate that the event is about. */
  subject: nonEmpty,
  time: z.iso.datetime(),
  datacontenttype: z.literal('application/json'),
  dataschema: nonEmpty,
  /** Version of the aggregate after the change: lets a subscriber see that something newer was applied already. */
  aggregateversion: z.int().positive(),
  /** W3C trace context of the request that caused the event. */
  traceparent: z.string().optional(),
  data: z.unknown(),
});
export type Envelope = z.infer<typeof Envelope>;

/** A received event whose data has been parsed with its schema. */
export type ReceivedEvent<Type extends string, Data> = Omit<Envelope, 'type' | 'data'> & { type: Type; data: Data };

export interface EventDefinition<Type extends string = string, Schema extends z.ZodType = z.ZodType> {
  /** Makes the event for a decision's outcome. */
  (data: z.input<Schema>): DomainEvent<Type, z.input<Schema>>;
  readonly type: Type;
  /** The publishing service: the first part of the type. */
  readonly service: string;
  readonly schema: Schema;
  /** What happened, in one sentence, for the generated pages. */
  readonly summary: string;
  /** `none`: by design no service reacts to it. Of any other it is a fault when there is nobody to hear it. */
  readonly listeners: 'some' | 'none';
  /**
   * `tells all`: the newest event of an aggregate tells everything that older ones of this type told, so that those may leave
   * the log when they are old. `tells more`: each tells something of its own, and all of them are kept.
   */
  readonly newest: 'tells all' | 'tells more';
  /** Of whom it tells something, and what is blanked when such a person is erased. */
  readonly personal: readonly Redaction[];
  /** Parses an envelope of this type. Throws ZodError when the envelope or its data break the contract. */
  parse(envelope: unknown): ReceivedEvent<Type, z.output<Schema>>;
}

/** The event as a subscriber gets it: `EventOf<typeof paymentSucceeded>`. */
export type EventOf<Definition> =
  Definition extends EventDefinition<infer Type, infer Schema> ? ReceivedEvent<Type, z.output<Schema>> : never;

/** What is said about an event beside its schema. */
export interface EventOptions<Field extends string> {
  readonly listeners?: 'some' | 'none';
  readonly newest?: 'tells all' | 'tells more';
  /** One mark for each person of whom it speaks. */
  readonly personal?: PersonalMark<Field> | readonly PersonalMark<Field>[];
}

/** The names of its fields. */
type FieldOf<Schema extends z.ZodType> = keyof z.input<Schema> & string;

/**
 * Declares a domain event: past tense, publishing service first, version last.
 * `listeners: 'none'` is for what happened and concerns no other service yet: it is in the log, and nobody is missed.
 * `newest: 'tells all'` is for whole pictures of which only the last one counts: old ones may leave the log.
 * `personal: { of: 'userId', fields: ['email'] }` says whom it speaks of, and what of it is blanked when that person is erased.
 * Unknown fields of the data are dropped when it is read, so that a newer publisher may add optional ones.
 * Throws RangeError for a type of another form than `service.what-happened.vN`, and for a personal field that cannot be blanked.
 */
export function defineEvent<Type extends string, Schema extends z.ZodType>(
  type: Type,
  summary: string,
  schema: Schema,
  { listeners = 'some', newest = 'tells more', personal = [] }: EventOptions<FieldOf<Schema>> = {},
): EventDefinition<Type, Schema> {
  const service = /^([a-z]+)\.[a-z]+(?:-[a-z]+)*\.v[1-9]\d*$/.exec(type)?.[1];
  if (!service) throw new RangeError(`${type} is not of the form service.what-happened.v1`);
  const marks: readonly PersonalMark[] = 'of' in personal ? [personal] : personal;
  const make = (data: z.input<Schema>) => ({ type, data });
  const envelope = Envelope.extend({ type: z.literal(type), data: schema });
  return Object.assign(make, {
    type,
    service,
    schema,
    summary,
    listeners,
    newest,
    personal: redactionsOf(type, schema, marks),
    parse: (value: unknown) => envelope.parse(value) as ReceivedEvent<Type, z.output<Schema>>,
  });
}

/** The URI of an event type's schema. */
export const schemaUri = (type: string): string => `urn:lyceum:event:${type}`;

/** Wraps an event for the wire. `time` is the moment of the decision. */
export function envelop(
  event: DomainEvent,
  about: {
    id: string;
    service: string;
    subject: string;
    version: number;
    time: Date;
    traceparent?: string | undefined;
  },
): Envelope {
  return {
    specversion: '1.0',
    id: about.id,
    source: `/lyceum/${about.service}`,
    type: event.type,
    subject: about.subject,
    time: about.time.toISOString(),
    datacontenttype: 'application/json',
    dataschema: schemaUri(event.type),
    aggregateversion: about.version,
    ...(about.traceparent ? { traceparent: about.traceparent } : {}),
    data: event.data,
  };
}
