import { Injectable } from '@nestjs/common';
import { type Listing, PLACES, type Place, bandOf, rankOf } from './listing.js';
import type { ListingRow } from './listings.store.js';
import { type Match, Vocabulary } from './vocabulary.js';
import { folded } from './words.js';

export const FACETS = ['category', 'difficulty', 'language', 'price'] as const;
export type Facet = (typeof FACETS)[number];

/** A listed course in memory. */
export interface Entry {
  readonly listing: Omit<Listing, 'words'>;
  readonly facets: Readonly<Record<Facet, string>>;
  readonly tags: ReadonlySet<string>;
  readonly since: number;
  readonly priceRank: number;
  readonly titleKey: string;
}

export interface Hit {
  readonly entry: Entry;
  /** Higher is better. */
  readonly score: number;
}

const WEIGHTS: Readonly<Record<Place, number>> = { title: 10, head: 6, lead: 3, body: 1 };
const PLACE_BITS = 2;
const PLACE_MASK = 2 ** PLACE_BITS - 1;

/**
 * Every published course, by its words, in the memory of this instance: about 3 kB a course. The `listings` collection is what
 * lasts; this is made from it when the service starts and follows it. Search then costs no database work at all.
 */
@Injectable()
export class CourseIndex {
  /** By slot; a listing that was replaced or taken off leaves a gap until the next compaction. */
  private entries: (Entry | undefined)[] = [];
  private slots = new Map<string, number>();
  private readonly stamps = new Map<string, number>();
  /** For each word `slot * 4 + place`. */
  private postings = new Map<string, number[]>();
  private vocabulary = new Vocabulary([]);
  private hasNewWords = false;

  get size(): number {
    return this.slots.size;
  }

  /** Whether this row, as written then, is what the index has. */
  knows(id: string, refreshedAt: Date): boolean {
    return this.stamps.get(id) === refreshedAt.getTime();
  }

  /** Every course that it has ever heard of. */
  known(): Iterable<string> {
    return this.stamps.keys();
  }

  apply({ id, refreshedAt, listing }: ListingRow): void {
    this.stamps.set(id, refreshedAt.getTime());
    const before = this.slots.get(id);
    if (before !== undefined) this.entries[before] = undefined;
    this.slots.delete(id);
    if (listing) this.add({ id, ...listing });
    if (this.entries.length > 1_000 && this.entries.length > 2 * this.slots.size) this.compact();
  }

  /** A course of which there is no row any more. */
  forget(id: string): void {
    this.apply({ id, refreshedAt: new Date(0) });
    this.stamps.delete(id);
  }

  /** Every course, the same score for all. */
  *all(): Iterable<Hit> {
    for (const entry of this.entries) if (entry) yield { entry, score: 0 };
  }

  /** The courses that have all words: as spelt or as beginnings, or with typing errors forgiven too. */
  matching(words: readonly string[], { tolerant }: { tolerant: boolean }): Hit[] {
    const total = new Uint32Array(this.entries.length);
    const met = new Uint8Array(this.entries.length);
    for (const [count, word] of words.entries()) {
      const best = new Uint16Array(this.entries.length);
      for (const match of this.words.matches(word, tolerant)) this.rate(match, best);
      for (const [slot, score] of best.entries()) {
        if (score === 0 || met[slot] !== count) continue;
        met[slot] = count + 1;
        total[slot] = (total[slot] ?? 0) + score;
      }
    }
    return this.entries.flatMap((entry, slot) =>
      entry && met[slot] === words.length ? { entry, score: total[slot] ?? 0 } : [],
    );
  }

  private rate({ word, factor }: Match, best: Uint16Array): void {
    for (const posting of this.postings.get(word) ?? []) {
      const slot = posting >>> PLACE_BITS;
      const place = PLACES[posting & PLACE_MASK] ?? 'body';
      best[slot] = Math.max(best[slot] ?? 0, WEIGHTS[place] * factor);
    }
  }

  private get words(): Vocabulary {
    if (this.hasNewWords) this.vocabulary = new Vocabulary([...this.postings.keys()]);
    this.hasNewWords = false;
    return this.vocabulary;
  }

  private add(listing: Listing): void {
    const slot = this.entries.push(entryOf(listing)) - 1;
    this.slots.set(listing.id, slot);
    for (const [number, place] of PLACES.entries())
      for (const word of listing.words[place]) {
        const posting = (slot << PLACE_BITS) | number;
        const others = this.postings.get(word);
        if (others) others.push(posting);
        else {
          this.postings.set(word, [posting]);
          this.hasNewWords = true;
        }
      }
  }

  /** Closes the gaps; words that no course has any more go. */
  private compact(): void {
    const moved = new Map<number, number>();
    const entries: Entry[] = [];
    for (const [slot, entry] of this.entries.entries()) if (entry) moved.set(slot, entries.push(entry) - 1);
    const postings = new Map<string, number[]>();
    for (const [word, all] of this.postings) {
      const kept = all.flatMap((posting) => {
        const slot = moved.get(posting >>> PLACE_BITS);
        return slot === undefined ? [] : (slot << PLACE_BITS) | (posting & PLACE_MASK);
      });
      if (kept.length > 0) postings.set(word, kept);
    }
    this.entries = entries;
    this.slots = new Map(entries.map(({ listing }, slot) => [listing.id, slot]));
    this.postings = postings;
    this.hasNewWords = true;
  }
}

function entryOf(listed: Listing): Entry {
  const { words: _, ...listing } = listed; // the postings have them
  return {
    listing,
    facets: {
      category: listing.category,
      difficulty: listing.difficulty,
      language: listing.language,
      price: bandOf(listing.price),
    },
    tags: new Set(listing.tags),
    since: listing.offeredSince.getTime(),
    priceRank: rankOf(listing.price),
    titleKey: folded(listing.title),
  };
}
