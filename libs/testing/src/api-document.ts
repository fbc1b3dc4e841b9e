import { z } from 'zod';

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean | undefined;
  readonly schema?: unknown;
}
/** What the parameters of a path stand for. */
export type Ids = Readonly<Record<string, string>>;

export interface Operation {
  readonly method: string;
  readonly path: string;
  readonly access: string;
  readonly summary: string | undefined;
  readonly parameters: readonly Parameter[];
  /** How it refuses, in the words of the document. */
  readonly refuses: string;
  /** The media types of its body. */
  readonly consumes: readonly string[];
  /** The schema of the JSON body, if it takes one. */
  readonly body: unknown;
}

const Operation = z.looseObject({
  'x-access': z.string().optional(),
  summary: z.string().optional(),
  parameters: z
    .array(z.looseObject({ name: z.string(), in: z.string(), required: z.boolean().optional(), schema: z.unknown() }))
    .optional(),
  responses: z.record(z.string(), z.looseObject({ description: z.string() })),
  requestBody: z
    .looseObject({ content: z.record(z.string(), z.looseObject({ schema: z.unknown() })).optional() })
    .optional(),
});
const Document = z.looseObject({
  paths: z.record(z.string(), z.record(z.string(), z.unknown())),
  components: z.looseObject({ schemas: z.record(z.string(), z.unknown()).optional() }).optional(),
});

/** A field that a body may have, at any depth, in a body that is well formed but for what is put there. */
export interface BodyField {
  /** As validation names it: `credential.response.signature`. */
  readonly name: string;
  readonly isList: boolean;
  bodyWith(value: unknown): unknown;
}

/** Every operation of an API document, and requests that its schemas allow. */
export class ApiDocument {
  private readonly document: z.infer<typeof Document>;

  constructor(document: unknown) {
    this.document = Document.parse(JSON.parse(JSON.stringify(document)));
  }

  operations(): Operation[] {
    return Object.entries(this.document.paths).flatMap(([path, operations]) =>
      Object.entries(operations).map(([method, each]) => {
        const {
          'x-access': access = 'unmarked',
          summary,
          parameters = [],
          requestBody,
          responses,
        } = Operation.parse(each);
        const body = requestBody?.content?.['application/json']?.schema;
        const refuses = Object.values(responses)
          .map(({ description }) => description)
          .join('; ');
        return {
          method: method.toUpperCase(),
          path,
          access,
          summary,
          parameters,
          refuses,
          consumes: Object.keys(requestBody?.content ?? {}),
          body,
        };
      }),
    );
  }

  /** Path and body of a request that is well formed; it is about `ids`, or about nothing that there is. */
  request({ path, parameters, body }: Operation, ids: Ids = {}): { path: string; body?: unknown } {
    const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => ids[name] ?? 'ffffffffffffffffffffffff');
    const query = parameters
      .filter((each) => each.in === 'query' && each.required)
      .map(({ name, schema }) => `${name}=${encodeURIComponent(String(this.sample(schema)))}`);
    return {
      path: query.length > 0 ? `${filled}?${query.join('&')}` : filled,
      ...(body === undefined ? {} : { body: this.sample(body) }),
    };
  }

  /** Every field of a JSON body, those of every alternative where there are several. */
  fields({ body }: Operation): BodyField[] {
    return body === undefined ? [] : this.fieldsOf(body, [], (value) => value);
  }

  private fieldsOf(given: unknown, path: readonly string[], around: (value: unknown) => unknown): BodyField[] {
    const schema = this.resolved(given);
    const choices = schema.oneOf ?? schema.anyOf ?? [];
    if (choices.length > 0) return choices.flatMap((choice) => this.fieldsOf(choice, path, around));
    return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
      const within = (value: unknown) => around({ ...Object(this.sample(schema)), [name]: value });
      const at = [...path, name];
      const isList = this.resolved(field).type === 'array';
      return [{ name: at.join('.'), isList, bodyWith: within }, ...this.fieldsOf(field, at, within)];
    });
  }

  private resolved(given: unknown): z.infer<typeof Schema> {
    const schema = Schema.parse(given ?? {});
    const name = schema.$ref?.split('/').at(-1);
    return name === undefined ? schema : this.resolved(this.document.components?.schemas?.[name]);
  }

  /** A value that a schema allows; of its optional parts as little as possible. */
  sample(given: unknown): unknown {
    const schema = this.resolved(given);
    const [choice] = schema.oneOf ?? schema.anyOf ?? [];
    if (choice !== undefined) return this.sample(choice);
    if (schema.allOf) return Object.assign({}, ...schema.allOf.map((each) => this.sample(each)));
    if (schema.const !== undefined) return schema.const;
    if (schema.enum) return schema.enum[0];
    if (schema.type === 'object')
      return Object.fromEntries(
        (schema.required ?? []).map((name) => [name, this.sample(schema.properties?.[name] ?? {})]),
      );
    if (schema.type === 'array')
      return Array.from({ length: schema.minItems ?? 0 }, () => this.sample(schema.items ?? {}));
    if (schema.type === 'boolean') return true;
    if (schema.type === 'string') return sampleText(schema);
    return Math.max(schema.minimum ?? 1, 1);
  }
}

const Schema = z.looseObject({
  $ref: z.string().optional(),
  type: z.string().optional(),
  oneOf: z.array(z.unknown()).optional(),
  anyOf: z.array(z.unknown()).optional(),
  allOf: z.array(z.unknown()).optional(),
  const: z.unknown().optional(),
  enum: z.array(z.unknown()).optional(),
  required: z.array(z.string()).optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
  items: z.unknown().optional(),
  minItems: z.int().optional(),
  minimum: z.number().optional(),
  minLength: z.int().optional(),
  pattern: z.string().optional(),
  format: z.string().optional(),
});

const formats: Readonly<Record<string, string>> = {
  email: 'nobody@example.com',
  'date-time': '2030-01-01T00:00:00.000Z',
  date: '2030-01-01',
  uri: 'https://example.com/',
  uuid: 'ffffffff-ffff-4fff-8fff-ffffffffffff',
};

function sampleText({ format, pattern, minLength = 1 }: z.infer<typeof Schema>): string {
  const plain = 'x'.repeat(Math.max(minLength, 1));
  const known = formats[format ?? ''];
  if (known !== undefined || pattern === undefined) return known ?? plain;
  return [plain, '000000', 'ffffffffffffffffffffffff'].find((text) => new RegExp(pattern).test(text)) ?? plain;
}
