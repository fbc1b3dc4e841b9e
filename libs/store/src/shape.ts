import { isDeepStrictEqual } from 'node:util';
import mongoose from 'mongoose';

/** What the fields of a document may hold: a mongoose schema definition, without `id`. */
export type Fields = Readonly<Record<string, mongoose.SchemaDefinitionProperty>>;

export interface Shape {
  readonly collection: string;
  readonly fields: Fields;
  readonly indexes: readonly IndexSpec[];
  /** Number of the stored shape, 1 if it never changed. */
  readonly shape?: number;
  /** `2: (stored) => …` turns the fields of shape 1 into those of shape 2. Pure. */
  readonly upgrades?: Readonly<Record<number, (stored: Loose) => Loose>>;
  readonly personal?: Personal;
}

/**
 * Which fields tell something about a person, and about whom: they are encrypted by that person's key. Fields may be named by
 * paths through objects, `standing.email`.
 */
export interface Personal {
  /** Where the person's id stands: `id`, or the path of a field. A document without one there is nobody's, and stays as it is. */
  readonly owner: string;
  /**
   * Each field, and what takes the place of its value once the key is gone: undefined takes it away; a function is given the
   * person's id. It must fit the schema and say nothing.
   */
  readonly fields: Readonly<Record<string, unknown>>;
  /**
   * Fields that can be looked up, and be unique, by tokens that are kept beside them: by their `whole` text, or, for a list of
   * words, by the `beginnings` of them, one or several. Filters and indexes name the field as if it lay there in clear.
   */
  readonly lookUps?: Readonly<Record<string, 'whole' | 'beginnings'>>;
}

export interface IndexSpec {
  readonly keys: Readonly<Record<string, 1 | -1 | 'text'>>;
  /** Default: the fields and directions, joined. */
  readonly name?: string;
  readonly unique?: boolean;
  /** Only documents that match are in the index. */
  readonly where?: Loose;
  /** The document vanishes that long after the date in the (only) field. */
  readonly expireAfterSeconds?: number;
  readonly weights?: Readonly<Record<string, number>>;
  readonly defaultLanguage?: string;
}

export type Loose = Record<string, unknown>;

export interface OutboxEntry {
  readonly id: string;
  readonly type: string;
  readonly data: unknown;
  /** What of the data tells something about people, encrypted. */
  readonly sealed?: SealedData;
  readonly time: Date;
  readonly version: number;
  readonly traceparent?: string;
}

export interface Lease {
  /** Empty while the document rests after a failure. */
  readonly owner: string;
  readonly until: Date;
  /** How many times in a row its events could not be published. */
  readonly rests?: number;
  /** The last time because nobody listens to one of them. */
  readonly unroutable?: boolean;
}

/** An event that is due at a later moment. */
export interface StoredTimer {
  readonly key: string;
  readonly due: Date;
  readonly type: string;
  readonly data: unknown;
  readonly sealed?: SealedData;
  readonly traceparent?: string;
}

/** Fields of an event's data that are encrypted by people's keys: of whom, and each field's value. */
export interface SealedData {
  /** Belongs to the values: they cannot be read beside another. */
  readonly as: string;
  readonly parts: readonly { readonly of: string; readonly fields: Readonly<Record<string, unknown>> }[];
}

/** A document as it lies in the database: machinery and the state's fields side by side. */
export type Stored = Machinery & { [field: string]: unknown };

// a type and not an interface: then it is a Stored, and the driver still knows the names that it updates
type Machinery = {
  _id: string;
  version: number;
  shape: number;
  outbox?: OutboxEntry[];
  pendingSince?: Date;
  lease?: Lease;
  /** Older events of this document wait in the event log: they leave before those in the outbox. */
  overflow?: boolean;
  timers?: StoredTimer[];
  /** The earliest of the timers. */
  nextDue?: Date;
  /** Of a projection's row: the newest version that each source has told. */
  sources?: Record<string, number>;
  /** Of a projection's row: the source that took it away from readers. */
  removedBy?: string;
  erased?: boolean;
  /** The encrypted fields. */
  personal?: Record<string, unknown>;
  /** By which they are looked up. */
  tokens?: Record<string, unknown>;
};

export type Native = mongoose.mongo.Collection<Machinery>;
/** Fields to set; their values have gone through {@link StoredShape.toStored}. */
export type Setting = mongoose.mongo.MatchKeysAndValues<Machinery>;

const { Mixed } = mongoose.Schema.Types;
const machinery = {
  _id: { type: String, required: true },
  version: Number,
  shape: Number,
  outbox: { type: [Mixed], default: undefined },
  pendingSince: Date,
  lease: Mixed,
  overflow: Boolean,
  timers: { type: [Mixed], default: undefined },
  nextDue: Date,
  sources: Mixed,
  removedBy: String,
  erased: Boolean,
  personal: Mixed,
  tokens: Mixed,
};
const reserved = new Set([...Object.keys(machinery), 'id']);

/** Between a state and its document: names, casting, validation and upgrades. */
export class StoredShape {
  readonly number: number;
  readonly names: ReadonlySet<string>;
  readonly model: mongoose.Model<Stored>;
  private readonly upgrades: NonNullable<Shape['upgrades']>;

  constructor(connection: mongoose.Connection, { collection, fields, shape = 1, upgrades = {} }: Shape) {
    const clash = Object.keys(fields).find((name) => reserved.has(name) || name.startsWith('$') || name.includes('.'));
    if (clash) throw new Error(`${collection}: a field cannot be named ${clash}`);
    for (let number = 2; number <= shape; number += 1)
      if (!upgrades[number]) throw new Error(`${collection}: there is no upgrade to shape ${number}`);
    this.number = shape;
    this.upgrades = upgrades;
    this.names = new Set(Object.keys(fields));
    const schema = new mongoose.Schema<Stored>(
      { ...fields, ...machinery },
      { strict: 'throw', strictQuery: 'throw', minimize: false, versionKey: false, _id: false, id: false },
    );
    withoutImplicitLists(schema);
    this.model = connection.model<Stored>(collection, schema, collection, { overwriteModels: true });
  }

  /** The state's fields as they are to be stored. Throws when they do not fit the schema or have keys that cannot be stored. */
  async toStored(state: { id: string }): Promise<Loose & Setting> {
    const { id, ...fields } = state;
    const document = new this.model({ ...objectOf(storable(fields, this.model.modelName)), _id: id });
    await document.validate();
    const plain = document.toObject<Loose>({ flattenMaps: true, minimize: false, virtuals: false });
    return Object.fromEntries(Object.entries(plain).filter(([name]) => name !== '_id'));
  }

  /** Some of the state's fields as they are to be stored; undefined ones are left out. Throws like {@link toStored}. */
  async toStoredPart(part: object): Promise<Loose & Setting> {
    const fields = objectOf(storable(part, this.model.modelName));
    const document = new this.model(fields, undefined, { defaults: false });
    await document.validate(Object.keys(part)); // also that what is taken away was not required
    const plain = document.toObject<Loose>({ flattenMaps: true, minimize: false, virtuals: false });
    return Object.fromEntries(Object.entries(plain).filter(([name]) => name in fields));
  }

  /** The fields that an older document has in today's shape; what today's code does not know is left out. */
  fieldsOf(stored: Stored): Loose {
    const upgraded = this.upgraded(stored);
    const fields: Loose = {};
    for (const [name, value] of Object.entries(upgraded)) if (this.names.has(name)) fields[name] = value;
    return fields;
  }

  toState<State extends { id: string }>(stored: Stored): State {
    const state: { id: string } = { id: stored._id, ...this.fieldsOf(stored) };
    return state as State;
  }

  /** What has to be set and unset for the document to hold `next`. */
  difference(stored: Stored, next: Loose): { set: Setting & Loose; unset: Record<string, ''> } {
    const outdated = stored.shape < this.number;
    const set: Setting & Loose = outdated ? { shape: this.number } : {};
    const unset: Record<string, ''> = {};
    for (const [name, value] of Object.entries(next)) if (!isDeepStrictEqual(stored[name], value)) set[name] = value;
    for (const name of Object.keys(stored))
      if (!(name in next) && !reserved.has(name) && (outdated || this.names.has(name))) unset[name] = '';
    return { set, unset };
  }

  private upgraded(stored: Stored): Loose {
    let fields: Loose = Object.fromEntries(Object.entries(stored).filter(([name]) => !reserved.has(name)));
    for (let number = stored.shape + 1; number <= this.number; number += 1) {
      const upgrade = this.upgrades[number];
      if (upgrade) fields = upgrade(fields);
    }
    return fields;
  }
}

// mongoose gives every list that is not there a default of []; what was not given must stay absent
function withoutImplicitLists(schema: mongoose.Schema<Stored>): void {
  schema.eachPath((_path, type) => {
    if (type.instance === 'Array' && type.options?.default === undefined) type.default(undefined);
  });
  for (const child of schema.childSchemas) withoutImplicitLists(child.schema);
}

const objectOf = (value: unknown): object => (typeof value === 'object' && value !== null ? value : {});

/**
 * A copy that the database keeps exactly: without undefined members, and null instead of undefined in lists.
 * Throws TypeError for keys that begin with `$`, contain a dot, are empty or `__proto__`: give a list of pairs instead.
 */
export function storable(value: unknown, path: string): unknown {
  if (value === undefined) return null;
  if (Array.isArray(value)) return value.map((item, index) => storable(item, `${path}[${index}]`));
  if (typeof value !== 'object' || value === null || !isPlain(value)) return value;
  const copy: Loose = {};
  for (const [key, item] of Object.entries(value)) {
    if (key === '' || key.startsWith('$') || key.includes('.') || key.includes('\0') || key === '__proto__')
      throw new TypeError(`${path} has a key that cannot be stored: ${JSON.stringify(key)}`);
    if (item !== undefined) copy[key] = storable(item, `${path}.${key}`);
  }
  return copy;
}

const isPlain = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
};
