import { z } from 'zod';
import { Envelope, type EventDefinition, schemaUri } from './event.js';

type Json = Record<string, unknown>;

const jsonSchema = (schema: z.ZodType): Json => {
  const { $schema: _, ...body } = z.toJSONSchema(schema, { io: 'input', target: 'draft-07' });
  return body;
};

const key = (type: string): string => type.replaceAll(/[^A-Za-z0-9]/g, '_');

/**
 * The AsyncAPI 3 document of the events, made from the schemas that validate the traffic.
 * @param reactions which services listen to each event type
 */
export function asyncApi(events: readonly EventDefinition[], reactions: ReadonlyMap<string, readonly string[]>): Json {
  const channels: Json = {};
  const operations: Json = {};
  const messages: Json = {};
  for (const { type, service, summary, schema } of events) {
    messages[key(type)] = {
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
    };
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
