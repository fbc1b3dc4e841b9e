import { z } from 'zod';
import type { EventDefinition } from './event.js';

/** A JSON Schema, or a part of one. */
export type Schema = Readonly<Record<string, unknown>>;

export interface Difference {
  /**
   * `breaks`: messages of one version are refused or misread by the other. `widens`: the new code reads all that there is, but who
   * still runs the old one refuses some new messages. `adds`: an optional field, which readers of the old version drop.
   */
  readonly effect: 'breaks' | 'widens' | 'adds';
  /** Completes the sentence that begins with the event's type. */
  readonly what: string;
}

/** What a message of an event type may look like on the wire. */
export function schemaOf({ schema }: Pick<EventDefinition, 'schema'>): Schema {
  const { $schema: _, ...body } = z.toJSONSchema(schema, { io: 'input' });
  return body;
}

/** How `current` differs from `recorded`, as far as publishers and subscribers of the two could notice. */
export function differences(recorded: Schema, current: Schema): Difference[] {
  return new Comparison(recorded, current).run();
}

/** The sentence for whoever made the change: what is wrong, and what to do. */
export function explain(type: string, { effect, what }: Difference): string {
  if (effect === 'adds') return `${type} ${what}, which is not recorded yet: run \`npm run contracts -- accept\``;
  const [, name = type, version = '1'] = /^(.*)\.v(\d+)$/.exec(type) ?? [];
  const beside = `publish ${name}.v${Number(version) + 1} beside v${version}`;
  if (effect === 'breaks')
    return `${type} ${what}; within a version only optional fields are added: put it back, or ${beside}`;
  return `${type} ${what}; a subscriber that runs the recorded version refuses such messages: ${beside}, or, when every subscriber that runs copes already, \`npm run contracts -- accept --notice "<how so>"\``;
}

const LOWEST = ['minLength', 'minimum', 'exclusiveMinimum', 'minItems', 'minProperties'];
const HIGHEST = ['maxLength', 'maximum', 'exclusiveMaximum', 'maxItems', 'maxProperties'];
/** Compared below by what they mean, or mere words. */
const UNDERSTOOD = new Set(
  [
    [
      'type',
      'enum',
      'const',
      'format',
      'pattern',
      'properties',
      'required',
      'items',
      'additionalProperties',
      'default',
    ],
    ['anyOf', 'oneOf', '$ref', '$defs', '$schema', 'id', '$id', 'title', 'description', 'examples'],
    LOWEST,
    HIGHEST,
  ].flat(),
);

class Comparison {
  private readonly found: Difference[] = [];
  private readonly compared = new Set<string>();

  constructor(
    private readonly recorded: Schema,
    private readonly current: Schema,
  ) {}

  run(): Difference[] {
    this.compare(this.recorded, this.current, '');
    return this.found;
  }

  private compare(was: Schema, is: Schema, at: string): void {
    if (isText(was['$ref']) && isText(is['$ref'])) {
      const pair = `${was['$ref']} ${is['$ref']}`; // a shape that contains itself is compared once
      if (this.compared.has(pair)) return;
      this.compared.add(pair);
    }
    const before = alternatives(resolved(was, this.recorded));
    const after = alternatives(resolved(is, this.current));
    const [only] = before;
    const [single] = after;
    if (before.length === 1 && after.length === 1 && only && single) return this.compareShape(only, single, at);
    for (const each of before) {
      const same = after.findIndex((other) => kindOf(other) === kindOf(each));
      const [match] = same < 0 ? [] : after.splice(same, 1);
      if (match) this.compareShape(each, match, at);
      else this.note('breaks', `no longer allows ${kindOf(each)} in ${named(at)}`);
    }
    for (const each of after) this.note('widens', `newly allows ${kindOf(each)} in ${named(at)}`);
  }

  private compareShape(was: Schema, is: Schema, at: string): void {
    if (was['type'] !== is['type']) {
      const wider = was['type'] === 'integer' && is['type'] === 'number';
      this.note(wider ? 'widens' : 'breaks', `has ${said(is['type'])} in ${named(at)}, which was ${said(was['type'])}`);
      if (!wider) return;
    }
    this.compareValues(was, is, at);
    for (const bound of LOWEST) this.compareBound(was, is, bound, at, -1);
    for (const bound of HIGHEST) this.compareBound(was, is, bound, at, 1);
    this.compareText(was, is, at);
    this.compareFields(was, is, at);
    if (isSchema(was['items']) && isSchema(is['items'])) this.compare(was['items'], is['items'], `${at}[]`);
    else this.compareRest(was, is, 'items', at);
    this.compareOpenness(was['additionalProperties'], is['additionalProperties'], at);
    for (const keyword of new Set([...Object.keys(was), ...Object.keys(is)]))
      if (!UNDERSTOOD.has(keyword)) this.compareRest(was, is, keyword, at);
    if (text(was['default']) !== text(is['default']))
      this.note(
        'widens',
        `reads ${said(is['default'])} where ${named(at)} is left out, which was ${said(was['default'])}`,
      );
  }

  private compareValues(was: Schema, is: Schema, at: string): void {
    const before = values(was);
    const after = values(is);
    if (!before && !after) return;
    const lost = after ? (before ?? ['any other value']).filter((value) => !after.includes(value)) : [];
    const won = before ? (after ?? ['any other value']).filter((value) => !before.includes(value)) : [];
    if (lost.length > 0) this.note('breaks', `no longer allows ${lost.join(', ')} in ${named(at)}`);
    if (won.length > 0) this.note('widens', `newly allows ${won.join(', ')} in ${named(at)}`);
  }

  /** @param sign 1 for a bound that narrows when it falls, -1 for one that narrows when it rises */
  private compareBound(was: Schema, is: Schema, keyword: string, at: string, sign: 1 | -1): void {
    const before = number(was[keyword], sign * Infinity);
    const after = number(is[keyword], sign * Infinity);
    if (before === after) return;
    const change = `${keyword} ${said(is[keyword])}, which was ${said(was[keyword])}`;
    if (after * sign < before * sign) this.note('breaks', `has narrowed ${named(at)}: ${change}`);
    else this.note('widens', `has widened ${named(at)}: ${change}`);
  }

  private compareText(was: Schema, is: Schema, at: string): void {
    // where a format says what is meant, its pattern is but one way to write it down
    const keyword = was['format'] || is['format'] ? 'format' : 'pattern';
    if (was[keyword] === is[keyword]) return;
    const effect = is[keyword] === undefined ? 'widens' : 'breaks';
    this.note(effect, `has the ${keyword} ${said(is[keyword])} for ${named(at)}, which was ${said(was[keyword])}`);
  }

  private compareFields(was: Schema, is: Schema, at: string): void {
    const before = fields(was);
    const after = fields(is);
    const wasRequired = new Set(list(was['required']));
    const isRequired = new Set(list(is['required']));
    for (const [name, schema] of Object.entries(before)) {
      const field = at ? `${at}.${name}` : name;
      const now = after[name];
      if (!now) {
        this.note('breaks', `lost the field ${named(field)}`);
        continue;
      }
      if (!wasRequired.has(name) && isRequired.has(name)) this.note('breaks', `now requires the field ${named(field)}`);
      if (wasRequired.has(name) && !isRequired.has(name))
        this.note('widens', `no longer requires the field ${named(field)}`);
      this.compare(schema, now, field);
    }
    for (const name of Object.keys(after).filter((each) => !(each in before))) {
      const field = named(at ? `${at}.${name}` : name);
      if (isRequired.has(name)) this.note('breaks', `requires the new field ${field}`);
      else if (was['additionalProperties'] === false)
        this.note('widens', `has the new field ${field} where no other was allowed`);
      else this.note('adds', `has the new optional field ${field}`);
    }
  }

  private compareOpenness(was: unknown, is: unknown, at: string): void {
    if (isSchema(was) && isSchema(is)) return this.compare(was, is, `${at}.*`);
    if (text(was ?? true) === text(is ?? true)) return;
    if (is === undefined || is === true) this.note('widens', `allows any field in ${named(at)}`);
    else this.note('breaks', `no longer allows every field in ${named(at)}`);
  }

  private compareRest(was: Schema, is: Schema, keyword: string, at: string): void {
    if (text(was[keyword]) !== text(is[keyword])) this.note('breaks', `has another \`${keyword}\` for ${named(at)}`);
  }

  private note(effect: Difference['effect'], what: string): void {
    this.found.push({ effect, what });
  }
}

const isSchema = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown): value is string => typeof value === 'string';
const text = (value: unknown): string => JSON.stringify(value) ?? '';
const said = (value: unknown): string => (value === undefined ? 'none' : isText(value) ? value : text(value));
const named = (at: string): string => (at ? `\`${at}\`` : 'the data');
const number = (value: unknown, otherwise: number): number => (typeof value === 'number' ? value : otherwise);
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

function resolved(schema: Schema, root: Schema): Schema {
  const name = isText(schema['$ref']) ? /^#\/\$defs\/(.+)$/.exec(schema['$ref'])?.[1] : undefined;
  if (schema['$ref'] === '#') return root;
  const found = name && isSchema(root['$defs']) ? root['$defs'][name] : undefined;
  return isSchema(found) ? resolved(found, root) : schema;
}

const alternatives = (schema: Schema): Schema[] => {
  const some = [...list(schema['anyOf']), ...list(schema['oneOf'])].filter(isSchema);
  return some.length > 0 ? some : [schema];
};

function fields(schema: Schema): Record<string, Schema> {
  const { properties } = schema;
  if (!isSchema(properties)) return {};
  return Object.fromEntries(
    Object.entries(properties).filter((entry): entry is [string, Schema] => isSchema(entry[1])),
  );
}

function values(schema: Schema): string[] | undefined {
  if ('const' in schema) return [text(schema['const'])];
  return Array.isArray(schema['enum']) ? schema['enum'].map(text) : undefined;
}

/** What tells one alternative of a union from another: its type, and the fields that can have but one value. */
function kindOf(schema: Schema): string {
  const tags = Object.entries(fields(schema))
    .filter(([, field]) => 'const' in field)
    .map(([name, field]) => `${name} ${text(field['const'])}`);
  return [said(schema['type']), ...tags].join(' with ');
}
