import type { Raw, RawHash } from './form.js';
import { invalid } from './refusal.js';

/** How one request parameter is read: `read` answers undefined when it was not sent, or throws a refusal. */
export interface Param<T> {
  read(raw: Raw | undefined, path: string): T;
}
export type Read<P> = P extends Param<infer T> ? T : never;

function param<T>(readText: (text: string, path: string) => T): Param<T | undefined> {
  return {
    read(raw, path) {
      if (raw === undefined) return undefined;
      if (typeof raw !== 'string') throw invalid(`Invalid string: ${JSON.stringify(raw)}`, { param: path });
      if (raw === '') throw emptied(path);
      return readText(raw, path);
    },
  };
}

function emptied(path: string) {
  return invalid(
    `You passed an empty string for '${path}'. We assume empty values are an attempt to unset a field; however '${path}' cannot be unset. You should remove '${path}' from your request or supply a non-empty value.`,
    { code: 'parameter_invalid_empty', param: path },
  );
}

export function required<T>(inner: Param<T | undefined>): Param<T> {
  return {
    read(raw, path) {
      const value = inner.read(raw, path);
      if (value === undefined)
        throw invalid(`Missing required param: ${path}.`, { code: 'parameter_missing', param: path });
      return value;
    },
  };
}

/** An empty value is a wish to unset the field and is read as null. */
export function clearable<T>(inner: Param<T>): Param<T | null> {
  return { read: (raw, path) => (raw === '' ? null : inner.read(raw, path)) };
}

export function text(longest = 5000): Param<string | undefined> {
  return param((value, path) => {
    if (Array.from(value).length > longest)
      throw invalid(`Invalid string: ${value.slice(0, 20)}...; must be at most ${longest} characters`, { param: path });
    return value;
  });
}

export function whole(lowest = Number.MIN_SAFE_INTEGER, highest = Number.MAX_SAFE_INTEGER): Param<number | undefined> {
  return param((value, path) => {
    const number = Number(value);
    if (!/^-?\d+$/.test(value) || !Number.isSafeInteger(number))
      throw invalid(`Invalid integer: ${value}`, { code: 'parameter_invalid_integer', param: path });
    if (number < lowest)
      throw invalid(`This value must be greater than or equal to ${lowest}.`, {
        code: 'parameter_invalid_integer',
        param: path,
      });
    if (number > highest)
      throw invalid(`This value must be less than or equal to ${highest} (it currently is '${number}').`, {
        code: 'parameter_invalid_integer',
        param: path,
      });
    return number;
  });
}

export function flag(): Param<boolean | undefined> {
  return param((value, path) => {
    if (value !== 'true' && value !== 'false') throw invalid(`Invalid boolean: ${value}`, { param: path });
    return value === 'true';
  });
}

export function choice<const T extends string>(...allowed: T[]): Param<T | undefined> {
  return param((value, path) => {
    const found = allowed.find((one) => one === value);
    if (!found) throw invalid(`Invalid ${path}: must be one of ${allowed.join(', ')}`, { param: path });
    return found;
  });
}

export function url(): Param<string | undefined> {
  return param((value, path) => {
    // Stripe's template {CHECKOUT_SESSION_ID} is no legal URL text
    const parsed = URL.parse(value.replaceAll(/[{}]/g, ''));
    if (!parsed || !/^https?:\/\//i.test(value) || parsed.hostname === '')
      throw invalid('Not a valid URL', { code: 'url_invalid', param: path });
    return value;
  });
}

export function email(): Param<string | undefined> {
  return param((value, path) => {
    if (!isEmail(value)) throw invalid(`Invalid email address: ${value}`, { code: 'email_invalid', param: path });
    return value;
  });
}

export function isEmail(value: string): boolean {
  return value.length <= 512 && /^[^\s@<>"]+@[^\s@<>".]+(\.[^\s@<>".]+)+$/.test(value);
}

/** Up to 50 keys of 40 characters with values of 500; an empty value unsets its key (null), '' unsets all. */
export function metadata(): Param<Record<string, string | null> | null | undefined> {
  return {
    read(raw, path) {
      if (raw === undefined) return undefined;
      if (raw === '') return null;
      if (typeof raw === 'string') throw invalid('Invalid object', { param: path });
      const entries = Object.entries(raw).map(([key, value]): [string, string | null] => {
        const at = `${path}[${key}]`;
        if (typeof value !== 'string') throw invalid('Metadata values must be strings', { param: at });
        if (key.length > 40)
          throw invalid(`Metadata keys can have up to 40 characters, but you passed in a key that is ${key.length}.`, {
            param: path,
          });
        if (value.length > 500)
          throw invalid(
            `Metadata values can have up to 500 characters, but you passed in a value that is ${value.length} characters. Invalid value: ${value.slice(0, 20)}...`,
            { param: at },
          );
        return [key, value === '' ? null : value];
      });
      if (entries.length > 50)
        throw invalid(`Metadata can have up to 50 keys, but you tried to set ${entries.length}.`, { param: path });
      return Object.fromEntries(entries);
    },
  };
}

type Hash<S extends Record<string, Param<unknown>>> = { [K in keyof S]: Read<S[K]> };

export function fields<S extends Record<string, Param<unknown>>>(shape: S): Param<Hash<S> | undefined> {
  return {
    read(raw, path) {
      if (raw === undefined) return undefined;
      if (typeof raw === 'string') throw invalid('Invalid object', { param: path });
      return readFields(shape, raw, path);
    },
  };
}

/** Reads all parameters of a request. Throws a 400 refusal at the first unknown, missing or invalid one. */
export function readFields<S extends Record<string, Param<unknown>>>(shape: S, raw: RawHash, path = ''): Hash<S> {
  const at = (name: string) => (path === '' ? name : `${path}[${name}]`);
  const unknown = Object.keys(raw).filter((name) => !Object.hasOwn(shape, name));
  if (unknown.length > 0)
    throw invalid(`Received unknown parameter${unknown.length > 1 ? 's' : ''}: ${unknown.map(at).join(', ')}`, {
      code: 'parameter_unknown',
      param: at(unknown[0] ?? ''),
    });
  return Object.fromEntries(
    Object.entries(shape).map(([name, each]) => [name, each.read(raw[name], at(name))]),
  ) as Hash<S>;
}

export function list<T>(element: Param<T | undefined>, most = 100): Param<T[] | undefined> {
  return {
    read(raw, path) {
      if (raw === undefined) return undefined;
      if (typeof raw === 'string') throw invalid('Invalid array', { param: path });
      const positions = Object.keys(raw).sort((a, b) => Number(a) - Number(b));
      if (positions.some((position) => !/^\d+$/.test(position))) throw invalid('Invalid array', { param: path });
      if (positions.length > most) throw invalid(`Array must contain at most ${most} elements`, { param: path });
      return positions.map((position, index) => required(element).read(raw[position], `${path}[${index}]`));
    },
  };
}

/** A real parameter of Stripe whose effect is not simulated: refused in clear words instead of being ignored. */
export function unsimulated(): Param<undefined> {
  return {
    read(raw, path) {
      if (raw !== undefined) throw notSimulated(path);
      return undefined;
    },
  };
}

/** A feature that may be switched off explicitly, but whose being on is not simulated. */
export function onlyOff(): Param<false | undefined> {
  return {
    read(raw, path) {
      if (raw === undefined) return undefined;
      if (raw === 'false') return false;
      if (typeof raw === 'object' && Object.keys(raw).length === 1 && raw['enabled'] === 'false') return false;
      throw notSimulated(path);
    },
  };
}

function notSimulated(path: string) {
  return invalid(`The Stripe simulator knows the parameter '${path}' but does not simulate it.`, {
    code: 'not_simulated',
    param: path,
  });
}
