import type { KeyObject } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import mongoose from 'mongoose';
import { beginningOf, beginningsOf } from './beginnings.js';
import { type Path, topOf, valueAt, withValues } from './paths.js';
import type { Held, PersonalKeys } from './personal-keys.js';
import { sealed, tokenOf, unsealed } from './sealing.js';
import type { SealingState } from './sealing-state.js';
import { Undecryptable } from './secrets.js';
import type { IndexSpec, Loose, Personal, Setting, Stored } from './shape.js';

/** Some fields as they are to be stored. */
export interface Sealed {
  /** What stays readable, by top-level name. */
  readonly fields: Loose & Setting;
  /** What is set beside that, by the name that an update uses: `personal.email`, `tokens.email`. */
  readonly set: Setting & Loose;
  /** What is taken away beside that. */
  readonly unset: readonly string[];
  /** What readers will see of the fields. */
  readonly seen: Loose & Setting;
}

/** A document as it lies in the database, and as it is read. */
export interface Opened {
  readonly raw: Stored;
  readonly plain: Stored;
}

/** Encrypts and decrypts the personal fields of one collection, as its shape declares them. */
export class PersonalFields {
  readonly paths: readonly Path[];
  private readonly tops: ReadonlySet<string>;

  constructor(
    readonly collection: string,
    private readonly personal: Personal,
    private readonly keys: PersonalKeys,
    readonly state: SealingState,
  ) {
    this.paths = Object.keys(personal.fields);
    this.tops = new Set(this.paths.map(topOf));
    const lost = Object.keys(personal.lookUps ?? {}).find((path) => !this.paths.includes(path));
    if (lost !== undefined) throw new Error(`${collection}: ${lost} is looked up and is not a personal field`);
    if (this.paths.some((path) => path === personal.owner || topOf(personal.owner) === path))
      throw new Error(`${collection}: ${personal.owner} says whose the document is and cannot be encrypted itself`);
  }

  /** The documents as readers see them. One question to the database for all keys that are not at hand. */
  async open(found: readonly Stored[]): Promise<Opened[]> {
    const owners = found.map((raw) => (this.isConcerned(raw) ? this.ownerOf(raw) : undefined));
    const held = await this.keys.look(owners.filter((owner) => owner !== undefined));
    return found.map((raw, place) => ({ raw, plain: this.opened(raw, owners[place], held) }));
  }

  /** Encrypts fields that are to be written. Throws TypeError when it cannot be known whose they are. */
  async seal(id: string, fields: Loose & Setting, options: SealOptions = {}): Promise<Sealed> {
    const { names, before } = options;
    const concerned = this.paths.filter((path) => !names || names.has(topOf(path)));
    const present = concerned.filter((path) => valueAt(fields, path) !== undefined);
    const owner = present.length > 0 ? this.ownerAmong(id, fields, options) : undefined;
    if (owner === undefined && present.length > 0) return this.nobodys(fields, concerned, before?.raw);
    const active = await this.state.paths();
    const key = owner !== undefined && present.length > 0 ? await this.keyOf(owner) : undefined;
    const clear = new Map<Path, unknown>();
    const seen = new Map<Path, unknown>();
    const set: Loose = {};
    const unset: string[] = [];
    for (const path of concerned) {
      const value = valueAt(fields, path);
      const kept = before && valueAt(before.raw, `personal.${nameOf(path)}`) !== undefined;
      if (value === undefined || key === undefined || key === 'shredded') {
        const blank = value === undefined ? undefined : this.blank(path, owner ?? '');
        clear.set(path, blank);
        seen.set(path, blank);
        if (kept ?? true) unset.push(`personal.${nameOf(path)}`);
        if (path in this.lookUps && (!before || this.hasTokens(before.raw, path))) unset.push(tokensAt(path));
        continue;
      }
      if (path in this.lookUps) {
        const tokens = await this.tokensOf(path, value);
        if (!isDeepStrictEqual(tokens, before && valueAt(before.raw, tokensAt(path)))) set[tokensAt(path)] = tokens;
      }
      if (!active.has(path)) {
        if (kept ?? true) unset.push(`personal.${nameOf(path)}`);
        continue;
      }
      clear.set(path, undefined);
      if (!kept || !this.stays(path, value, owner, before))
        set[`personal.${nameOf(path)}`] = sealed(key, value, this.contextOf(id, path));
    }
    return {
      fields: settingOf(withValues(fields, clear)),
      set: settingOf(set),
      unset,
      seen: settingOf(withValues(fields, seen)),
    };
  }

  /** What has to be set and unset so that nothing personal lies there in clear that should not; undefined when nothing does. */
  async tidied(raw: Stored): Promise<{ $set?: Setting; $unset?: Record<string, ''> } | undefined> {
    const owner = this.ownerOf(raw);
    const present = this.paths.filter((path) => valueAt(raw, path) !== undefined);
    if (owner === undefined) return undefined;
    const held = (await this.keys.look([owner])).get(owner);
    if (held !== 'shredded' && present.length === 0) return undefined;
    const names = new Set(present.map(topOf));
    const [opened] = await this.open([raw]);
    if (!opened) return undefined;
    const { set, unset, fields } = await this.seal(raw._id, settingOf(opened.plain), {
      before: opened,
      names,
      whose: raw,
    });
    const $set: Loose = { ...set };
    const $unset = Object.fromEntries(unset.map((name) => [name, '' as const]));
    for (const path of present) {
      const value = valueAt(fields, path);
      if (value === undefined) $unset[path] = '';
      else if (!isDeepStrictEqual(value, valueAt(raw, path))) $set[path] = value;
    }
    if (held === 'shredded' && raw.tokens) $unset['tokens'] = '';
    if (held === 'shredded')
      for (const name of Object.keys($unset)) if (name.startsWith('tokens.')) delete $unset[name];
    if (Object.keys($set).length + Object.keys($unset).length === 0) return undefined;
    return {
      ...(Object.keys($set).length > 0 ? { $set: settingOf($set) } : {}),
      ...(Object.keys($unset).length > 0 ? { $unset } : {}),
    };
  }

  /** A filter whose conditions on personal fields ask for their look-up values. Throws TypeError where there are none. */
  async lookedUp(filter: Readonly<Loose>): Promise<Loose> {
    const asked = Object.entries(filter).filter(([name]) => this.isPersonal(name));
    if (asked.length === 0) return filter;
    const rest = Object.fromEntries(Object.entries(filter).filter(([name]) => !this.isPersonal(name)));
    const isSettled = await this.state.isSettled();
    const conditions = asked.map(async ([path, value]): Promise<Loose> => {
      if (this.lookUps[path] === 'beginnings' && Array.isArray(value)) return this.allOf(path, value);
      if (!(path in this.lookUps) || typeof value !== 'string') throw this.unsearchable(path);
      const whole = this.lookUps[path] !== 'beginnings';
      const token = await this.tokenOf(path, whole ? value : beginningOf(value));
      const found = { [tokensAt(path)]: token };
      return isSettled || !whole ? found : { $or: [found, { [path]: value }] };
    });
    const [first, ...others] = await Promise.all(conditions);
    return others.length === 0 ? { ...rest, ...first } : { ...rest, $and: [first, ...others] };
  }

  /** Whether a document that was found by its tokens says what was asked for. */
  agrees(plain: Loose, filter: Readonly<Loose>): boolean {
    const whole = Object.keys(this.lookUps).filter((path) => this.lookUps[path] === 'whole' && path in filter);
    return whole.every((path) => valueAt(plain, path) === filter[path]);
  }

  /** Throws TypeError when a filter or an order would look at what is encrypted, where nothing can be found. */
  assertSearchable(names: Iterable<string>): void {
    for (const name of names) if (this.isPersonal(name)) throw this.unsearchable(name);
  }

  /**
   * The indexes as they are built: of look-up values in place of the fields. `whileClear` keeps unique, in the meantime, what is
   * not encrypted yet. `former` are the names of those that were there before the fields were personal.
   */
  indexes(declared: readonly IndexSpec[]): { wanted: IndexSpec[]; whileClear: IndexSpec[]; former: string[] } {
    const wanted: IndexSpec[] = [];
    const whileClear: IndexSpec[] = [];
    const former: string[] = [];
    for (const index of declared) {
      const paths = Object.keys(index.keys).filter((name) => this.isPersonal(name));
      if (paths.length === 0) {
        wanted.push(index);
        continue;
      }
      const lost = paths.find((path) => !(path in this.lookUps));
      if (lost !== undefined) throw this.unsearchable(lost);
      const there = (nameAt: (path: string) => string) =>
        Object.fromEntries(paths.map((path) => [nameAt(path), { $exists: true }]));
      const keys = Object.entries(index.keys).map(([name, way]) => [paths.includes(name) ? tokensAt(name) : name, way]);
      const name = Object.entries(index.keys).flat().join('_');
      former.push(index.name ?? name);
      wanted.push({
        ...index,
        name: `${index.name ?? name} by token`,
        keys: Object.fromEntries(keys) as IndexSpec['keys'],
        ...(index.unique ? { where: there(tokensAt) } : {}),
      });
      if (index.unique)
        whileClear.push({ ...index, name: `${index.name ?? name} while clear`, where: there((path) => path) });
    }
    return { wanted, whileClear, former };
  }

  /** The condition for the documents of these people. */
  ofAny(owners: readonly string[]): Loose {
    return { [this.personal.owner === 'id' ? '_id' : this.personal.owner]: { $in: [...owners] } };
  }

  /** Those that are found by their look-up values. */
  get lookedUpPaths(): readonly Path[] {
    return Object.keys(this.lookUps);
  }

  /** Whether it can be told from these fields, or from the id alone, whose they are. */
  isOwnedBy(names: ReadonlySet<string>): boolean {
    return this.personal.owner === 'id' || names.has(topOf(this.personal.owner));
  }

  private isPersonal(name: string): boolean {
    return this.paths.some((path) => name === path || name.startsWith(`${path}.`) || path.startsWith(`${name}.`));
  }

  private opened(raw: Stored, owner: string | undefined, held: ReadonlyMap<string, Held>): Stored {
    const { personal, tokens: _tokens, ...rest } = raw;
    if (owner === undefined && !personal) return { ...rest };
    const key = owner === undefined ? undefined : held.get(owner);
    const values = new Map<Path, unknown>();
    for (const path of this.paths) {
      const closed = personal?.[nameOf(path)];
      const isClear = valueAt(raw, path) !== undefined;
      if (closed === undefined && !isClear) continue;
      if (key === 'shredded') values.set(path, this.blank(path, owner ?? ''));
      // what lies there in clear was written later, by an instance that does not encrypt yet
      else if (!isClear) values.set(path, unsealed(this.present(key, raw._id), closed, this.contextOf(raw._id, path)));
    }
    const { _id, version, shape } = raw;
    return { ...withValues(rest, values), _id, version, shape };
  }

  private present(key: Held | undefined, id: string): KeyObject {
    if (key === undefined || typeof key === 'string')
      throw new Undecryptable(
        `${this.collection}/${id}: the person's key is not there, and it was not shredded either`,
      );
    return key;
  }

  /** A document, or some fields of one, that belong to nobody: they stay as they are. */
  private nobodys(fields: Loose & Setting, paths: readonly Path[], raw: Stored | undefined): Sealed {
    const unset = paths.flatMap((path) => [
      ...(!raw || valueAt(raw, `personal.${nameOf(path)}`) !== undefined ? [`personal.${nameOf(path)}`] : []),
      ...(path in this.lookUps && (!raw || this.hasTokens(raw, path)) ? [tokensAt(path)] : []),
    ]);
    return { fields, set: {}, unset, seen: fields };
  }

  /** Whether it is encrypted there already, for the same person. */
  private stays(path: Path, value: unknown, owner: string | undefined, before: Opened | undefined): boolean {
    if (!before || valueAt(before.raw, path) !== undefined) return false;
    return this.ownerOf(before.raw) === owner && isDeepStrictEqual(valueAt(before.plain, path), value);
  }

  private async keyOf(owner: string): Promise<KeyObject | 'shredded'> {
    const key = (await this.keys.forWriting([owner])).get(owner);
    if (key === undefined || key === 'none') throw new Error(`There is no key for ${owner}`);
    return key;
  }

  private isConcerned(raw: Stored): boolean {
    return raw.personal !== undefined || this.paths.some((path) => valueAt(raw, path) !== undefined);
  }

  private ownerOf(document: Loose): string | undefined {
    const owner = valueAt(document, this.personal.owner === 'id' ? '_id' : this.personal.owner);
    return typeof owner === 'string' ? owner : undefined;
  }

  private ownerAmong(id: string, fields: Loose, { names, whose = fields }: SealOptions): string | undefined {
    const owner = this.ownerOf({ ...whose, _id: id });
    if (owner === undefined && whose === fields && names && !names.has(topOf(this.personal.owner)))
      throw new TypeError(`${this.collection}/${id}: personal fields cannot be written without ${this.personal.owner}`);
    return owner;
  }

  private blank(path: Path, owner: string): unknown {
    const blank = this.personal.fields[path];
    return typeof blank === 'function' ? (blank as (owner: string) => unknown)(owner) : blank;
  }

  private async tokensOf(path: Path, value: unknown): Promise<string | string[]> {
    const texts = this.lookUps[path] === 'beginnings' ? beginningsOf(value) : [value];
    const tokens = await Promise.all(
      texts.filter((text) => typeof text === 'string').map((text) => this.tokenOf(path, text)),
    );
    return this.lookUps[path] === 'beginnings' ? tokens : (tokens[0] ?? '');
  }

  /** Of several beginnings each must be there. */
  private async allOf(path: Path, values: readonly unknown[]): Promise<Loose> {
    const texts = values.filter((value) => typeof value === 'string').map(beginningOf);
    const $all = await Promise.all(texts.map((text) => this.tokenOf(path, text)));
    return { [tokensAt(path)]: mongoose.trusted({ $all }) };
  }

  private async tokenOf(path: Path, text: string): Promise<string> {
    return tokenOf(await this.keys.tokenKey(`${this.collection}.${path}`), text);
  }

  private hasTokens(raw: Stored, path: Path): boolean {
    return valueAt(raw, tokensAt(path)) !== undefined;
  }

  private get lookUps(): NonNullable<Personal['lookUps']> {
    return this.personal.lookUps ?? {};
  }

  private unsearchable(path: Path): TypeError {
    return new TypeError(`${this.collection}: ${path} is encrypted, and can only be looked up where its shape says so`);
  }

  /** Projections are made anew in copies with other names: a value belongs to the collection that it is for. */
  private contextOf(id: string, path: Path): string {
    return `${this.collection}/${id}/${path}`;
  }

  /** Whether any of these top-level names holds something personal. */
  concerns(names: Iterable<string>): boolean {
    for (const name of names) if (this.tops.has(name)) return true;
    return false;
  }
}

/** How `set` is written into a new document. */
export function asDocument(set: Loose): Loose {
  let document: Loose = {};
  for (const [path, value] of Object.entries(set)) document = withValues(document, new Map([[path, value]]));
  return document;
}

export const unsetting = (names: readonly string[]): Record<string, ''> =>
  Object.fromEntries(names.map((name) => [name, '' as const]));

export interface SealOptions {
  /** The top-level names that are written; by default all. */
  readonly names?: ReadonlySet<string>;
  /** The document that they are written to, when it is known; else everything is set or taken away anew. */
  readonly before?: Opened | undefined;
  /** Where it stands whose they are, when not among the fields. */
  readonly whose?: Loose | undefined;
}

/** Dots would be steps. */
const nameOf = (path: Path): string => path.replaceAll('.', '/');
const tokensAt = (path: Path): string => `tokens.${nameOf(path)}`;
const settingOf = (fields: Loose): Loose & Setting => fields;
