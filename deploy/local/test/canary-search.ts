import { readFile, readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { Writable } from 'node:stream';
import type { RunningService } from '@lyceum/host';
import { readableIn, textIn } from '@lyceum/testing';
import { Redis } from 'ioredis';
import { z } from 'zod';
import type { Api } from '../src/api.js';

const Letters = z.object({ items: z.array(z.looseObject({ eventId: z.string() })) });

/** A text that stands somewhere. */
export interface Trace {
  readonly text: string;
  readonly place: string;
}

/** Every line that the platform logs, from the first on. */
export class LogLines extends Writable {
  readonly lines: string[] = [];

  override _write(chunk: unknown, _encoding: BufferEncoding, done: () => void): void {
    this.lines.push(String(chunk));
    done();
  }
}

/** Which of some texts stand in another, however their letters are written. */
function* among(texts: readonly string[], place: string, where: string): Generator<Trace, void> {
  const lower = where.toLowerCase();
  for (const text of texts) if (lower.includes(text.toLowerCase())) yield { text, place };
}

/** In the services' databases and those of their keys, as somebody reads them who has every key that is left. */
export async function inDatabases(services: readonly RunningService[], texts: readonly string[]): Promise<Trace[]> {
  const traces: Trace[] = [];
  for (const service of services)
    for await (const { place, document } of readableIn(service)) traces.push(...among(texts, place, textIn(document)));
  return traces;
}

/** How many encrypted values lie in the databases that no key opens. */
export async function unreadable(services: readonly RunningService[]): Promise<string[]> {
  const places: string[] = [];
  for (const service of services)
    for await (const { place, closed } of readableIn(service)) if (closed > 0) places.push(place);
  return places;
}

/**
 * What of somebody can be recognised though it says nothing: the hashes by which their documents are found, and their wrapped keys,
 * with which a backup could be read. Without what others have too.
 */
export async function lookUpsAndKeysOf(services: readonly RunningService[], personId: string): Promise<string[]> {
  const theirs = new Set<string>();
  const others = new Set<string>();
  for (const service of services)
    for await (const { document } of readableIn(service)) {
      const { _id, tokens, wrapped } = document;
      const found = [...textIn(tokens ?? []).split('\n'), ...(typeof wrapped === 'string' ? [wrapped] : [])];
      const isTheirs = wrapped === undefined ? textIn(document).includes(personId) : _id === personId;
      for (const each of found) if (each.length > 30) (isTheirs ? theirs : others).add(each);
    }
  return [...theirs].filter((each) => !others.has(each));
}

export async function inDeadLetters(
  admin: Api,
  services: readonly string[],
  texts: readonly string[],
): Promise<Trace[]> {
  const traces: Trace[] = [];
  for (const service of services) {
    const list = `/operations/${service}/dead-letters`;
    const { items } = await admin.get(list, { expect: 200, schema: Letters });
    for (const { eventId } of items) {
      const letter = await admin.get(`${list}/${eventId}`, { expect: 200, schema: z.unknown() });
      traces.push(...among(texts, `dead letter ${eventId} of ${service}`, textIn(letter)));
    }
  }
  return traces;
}

/** In the names and the bytes of all files below a directory. */
export async function inFiles(directory: string, texts: readonly string[]): Promise<Trace[]> {
  const traces: Trace[] = [];
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    const content = await readFile(file, 'latin1').catch(() => ''); // it went meanwhile
    traces.push(...among(texts, relative(directory, file), `${file}\n${content}`));
  }
  return traces;
}

/** In the names and values of everything that the platform keeps in Redis. */
export async function inRedis(url: string, prefix: string, texts: readonly string[]): Promise<Trace[]> {
  const redis = new Redis(url);
  try {
    const traces: Trace[] = [];
    for await (const keys of redis.scanStream({ match: `${prefix}*` }))
      for (const key of z.array(z.string()).parse(keys)) {
        traces.push(
          ...among(texts, `redis ${key}, gone in ${await redis.ttl(key)} s`, textIn([key, await valueOf(redis, key)])),
        );
      }
    return traces;
  } finally {
    redis.disconnect();
  }
}

/** A dump would be compressed. */
async function valueOf(redis: Redis, key: string): Promise<unknown> {
  switch (await redis.type(key)) {
    case 'string':
      return redis.get(key);
    case 'hash':
      return redis.hgetall(key);
    case 'list':
      return redis.lrange(key, 0, -1);
    case 'set':
      return redis.smembers(key);
    case 'zset':
      return redis.zrange(key, '0', '-1');
    case 'stream':
      return redis.xrange(key, '-', '+');
    default:
      return undefined; // it has expired meanwhile
  }
}

export const inLog = ({ lines }: LogLines, texts: readonly string[]): Trace[] =>
  lines.flatMap((line) => [...among(texts, `log: ${line.slice(0, 400)}`, line)]);

export async function inMetrics(services: readonly RunningService[], texts: readonly string[]): Promise<Trace[]> {
  const traces: Trace[] = [];
  for (const { name, url } of services) {
    const answer = await fetch(`${url}/metrics`);
    if (answer.ok) traces.push(...among(texts, `metrics of ${name}`, await answer.text()));
  }
  return traces;
}

export const shown = (traces: readonly Trace[]): string[] => traces.map(({ text, place }) => `${text} in ${place}`);
