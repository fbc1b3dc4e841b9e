import { createHash } from 'node:crypto';
import { plainLine } from '@lyceum/kernel';
import { canonical } from './canonical-json.js';

export type Fact = string | number | boolean | readonly string[];

/** What happened. No names and addresses: an entry stays for good, also when everything else about a person is erased. */
export interface Content {
  /** Of the event that tells of it: told again, it adds nothing. */
  readonly id: string;
  readonly at: Date;
  readonly action: string;
  /** Id of an account, or {@link SYSTEM}, or {@link UNKNOWN}. */
  readonly actor: string;
  /** Id of the account that it was done to. */
  readonly target?: string | undefined;
  readonly reason?: string | undefined;
  readonly facts: Readonly<Record<string, Fact>>;
}

/** A place in the chain. */
export interface Link {
  /** From 1, without gaps. */
  readonly seq: number;
  readonly hash: string;
}

export interface Entry extends Content, Link {
  readonly prevHash: string;
}

/** Nobody: time, or a consequence of something else. */
export const SYSTEM = 'system';
/** Somebody who has not proven who they are. */
export const UNKNOWN = 'unknown';
/** What the first entry hangs on. */
export const BEGINNING: Link = { seq: 0, hash: '0'.repeat(64) };
const LONGEST = 1_000;

/** The entries that follow a link, in this order. */
export function chained(head: Link, contents: readonly Content[]): Entry[] {
  let { seq, hash } = head;
  return contents.map((content) => {
    seq += 1;
    const linked = { ...harmless(content), seq, prevHash: hash };
    hash = hashOf(linked);
    return { ...linked, hash };
  });
}

/** SHA-256, in hex, over the canonical JSON of everything in the entry but this hash: the hash before it is in it. */
export function hashOf({ id, at, action, actor, target, reason, facts, seq, prevHash }: Omit<Entry, 'hash'>): string {
  const time = Number.isNaN(at.getTime()) ? null : at.toISOString();
  const text = canonical({ id, at: time, action, actor, target, reason, facts, seq, prevHash });
  return createHash('sha256').update(text).digest('hex');
}

/** Texts as they can be shown anywhere, and without addresses that an administrator may have put into a reason. */
function harmless({ target, reason, ...content }: Content): Content {
  const facts = Object.entries(content.facts).map(([name, fact]) => [name, harmlessFact(fact)]);
  return {
    ...content,
    actor: harmlessText(content.actor),
    ...(target === undefined ? {} : { target: harmlessText(target) }),
    ...(reason === undefined ? {} : { reason: harmlessText(reason) }),
    facts: Object.fromEntries(facts),
  };
}

function harmlessFact(fact: Fact): Fact {
  if (typeof fact === 'string') return harmlessText(fact);
  return typeof fact === 'object' ? fact.map(harmlessText) : fact;
}

const harmlessText = (text: string): string =>
  plainLine(text.replaceAll(/[^\s@<>(),;]+@[^\s@<>(),;]+/g, '[address]'))
    .slice(0, LONGEST)
    .toWellFormed();

export type Problem =
  | 'changed-entry'
  | 'missing-entry'
  | 'moved-entry'
  | 'cut-off-end'
  | 'rewritten-history'
  | 'forged-checkpoint'
  | 'no-checkpoint';

/** The first place at which the log is not what was written. */
export interface Broken {
  readonly problem: Problem;
  readonly seq: number;
}

/**
 * Follows the chain from a link over entries sorted by their number. Gives the last good link, and what is wrong behind it.
 * An entry that is in the wrong place looks changed or missing here; {@link moved} tells.
 */
export function follow(from: Link, entries: readonly Entry[]): { readonly last: Link; readonly broken?: Broken } {
  let last = from;
  for (const entry of entries) {
    const seq = last.seq + 1;
    if (entry.seq !== seq) return { last, broken: { problem: 'missing-entry', seq } };
    if (hashOf(entry) !== entry.hash) return { last, broken: { problem: 'changed-entry', seq } };
    // it is whole itself, but hangs on another one than is there before it
    if (entry.prevHash !== last.hash) return { last, broken: { problem: 'changed-entry', seq: Math.max(1, last.seq) } };
    last = { seq, hash: entry.hash };
  }
  return { last };
}

/** What is wrong, when one knows which entry hangs on the last good link. */
export const moved = (broken: Broken, last: Link, successor: Link | undefined): Broken =>
  successor && successor.seq !== last.seq + 1 ? { problem: 'moved-entry', seq: last.seq + 1 } : broken;
