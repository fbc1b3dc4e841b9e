import { z } from 'zod';
import { directMessages } from './all-events.js';
import { Envelope, type EventDefinition, schemaUri } from './event.js';

type Json = Record<string, unknown>;

const jsonSchema = (schema: z.ZodType): Json => {
  const { $schema: _, ...body } = z.toJSONSchema(schema, { io: 'input', target: 'draft-07' });
  return body;
};

const key = (type: string): string => type.replaceAll(/[^A-Za-z0-9]/g, '_');

const messageOf = ({ type, summary, schema }: Pick<EventDefinition, 'type' | 'summary' | 'schema'>): Json => ({
  name: type,
  title: type,
  summary,
  contentType: 'application/cloudevents+json',
  payload: {
    allOf: [
      { $ref: '#/components/schemas/Envelope' },
      {
        type: 'object',
        properties: { type: { const: type }, dataschema: { const: schemaUri(type) }, data: jsonSchema(schema) },
      },
    ],
  },
});

/**
 * The AsyncAPI 3 document of the events, made from the schemas that validate the traffic.
 * @param reactions which services listen to each event type
 */
export function asyncApi(events: readonly EventDefinition[], reactions: ReadonlyMap<string, readonly string[]>): Json {
  const channels: Json = {};
  const operations: Json = {};
  const messages: Json = {};
  for (const { type, service, summary, schema } of events) {
    messages[key(type)] = messageOf({ type, summary, schema });
    channels[key(type)] = {
      address: type,
      description: summary,
      messages: { event: { $ref: `#/components/messages/${key(type)}` } },
      bindings: { amqp: { is: 'routingKey', exchange: { name: 'lyceum.events', type: 'topic', durable: true } } },
    };
    operations[`${service}_sends_${key(type)}`] = {
      action: 'send',
      channel: { $ref: `#/channels/${key(type)}` },
      tags: [{ name: service }],
    };
    for (const listener of reactions.get(type) ?? []) {
      operations[`${listener}_receives_${key(type)}`] = {
        action: 'receive',
        channel: { $ref: `#/channels/${key(type)}` },
        tags: [{ name: listener }],
      };
    }
  }
  for (const message of directMessages) messages[key(message.type)] = messageOf(message);
  channels['queue'] = {
    address: '{service}',
    description: 'The own queue of one service: what another service tells it alone.',
    parameters: { service: { description: 'the service whose queue it is' } },
    messages: Object.fromEntries(
      directMessages.map(({ type }) => [key(type), { $ref: `#/components/messages/${key(type)}` }]),
    ),
    bindings: { amqp: { is: 'queue', queue: { durable: true } } },
  };
  for (const { type, summary } of directMessages)
    operations[`sends_${key(type)}`] = {
      action: 'send',
      summary,
      channel: { $ref: '#/channels/queue' },
      messages: [{ $ref: `#/channels/queue/messages/${key(type)}` }],
    };
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Lyceum domain events',
      version: '1.0.0',
      description: 'CloudEvents 1.0 on one durable topic exchange; one durable queue for each service.',
      license: { name: 'Apache-2.0' },
    },
    defaultContentType: 'application/cloudevents+json',
    channels,
    operations,
    components: { messages, schemas: { Envelope: jsonSchema(Envelope) } },
  };
}
