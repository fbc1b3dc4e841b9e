import { Injectable } from '@nestjs/common';
import { type Listing } from './listing.js';
import { type Found, ListingsStore, type Position, type SortedBy, type Tally } from './listings.store.js';
import { type Cursor, cursorText, readCursor } from './search.cursor.js';
import type { SearchQuery, SearchResult } from './search.query.js';
import { VocabularyStore } from './vocabulary.store.js';
import { queryWordsOf } from './words.js';

type Condition = Readonly<Record<string, unknown>>;
type WordField = keyof Pick<Listing, 'titleWords' | 'headWords' | 'leadWords' | 'allWords'>;

/** What to look for: best matches first, each tier containing the one before it. */
interface Plan {
  readonly tolerant: boolean;
  readonly tiers: readonly Condition[];
}

interface Candidate {
  readonly plan: Plan;
  readonly tallies: readonly Tally[];
}

const FACETS = ['category', 'difficulty', 'language', 'price'] as const;
type Facet = (typeof FACETS)[number];
type Filters = Readonly<Record<Facet, ReadonlySet<string>>>;

const NEWEST: SortedBy = { field: 'offeredSince', direction: -1 };
const SORTED: Readonly<Record<SearchQuery['sort'], SortedBy>> = {
  relevance: NEWEST,
  newest: NEWEST,
  price: { field: 'priceRank', direction: 1 },
  '-price': { field: 'priceRank', direction: -1 },
  title: { field: 'titleKey', direction: 1 },
};

@Injectable()
export class SearchService {
  constructor(
    private readonly listings: ListingsStore,
    private readonly vocabulary: VocabularyStore,
  ) {}

  /** Throws InvalidCursor for a cursor of another search order. */
  async search(query: SearchQuery): Promise<SearchResult> {
    const cursor = query.after === undefined ? undefined : readCursor(query.after, query.sort);
    const words = queryWordsOf(query.q ?? '');
    const filters = filtersOf(query);
    const tagged: Condition = query.tag ? { tags: { $all: [...listed(query.tag)] } } : {};
    const { plan, tallies } = await this.candidate(words, tagged, cursor);
    const page = await this.page(plan, [tagged, ...conditionsOf(filters)], query, cursor);
    return {
      ...page,
      total: sum(tallies.filter((tally) => FACETS.every((facet) => admits(filters, facet, tally)))),
      corrected: plan.tolerant && tallies.length > 0,
      facets: {
        category: facetOf('category', filters, tallies),
        difficulty: facetOf('difficulty', filters, tallies),
        language: facetOf('language', filters, tallies),
        price: facetOf('price', filters, tallies),
      },
    };
  }

  /** As spelt, if anything is; else with typing errors forgiven. A cursor stays with what its first page decided. */
  private async candidate(words: readonly string[], tagged: Condition, cursor: Cursor | undefined): Promise<Candidate> {
    if (!cursor?.tolerant) {
      const completions = await Promise.all(words.map((word) => this.vocabulary.completions(word)));
      const plan = strictPlan(words, completions);
      const possible = completions.every((each) => each.length > 0);
      const tallies = possible ? await this.tally(plan, tagged) : [];
      if (tallies.length > 0 || words.length === 0 || cursor) return { plan, tallies };
    }
    const meanings = await Promise.all(words.map((word) => this.meaningsOf(word)));
    const plan = tolerantPlan(meanings);
    const possible = meanings.every((each) => each.length > 0);
    return { plan, tallies: possible ? await this.tally(plan, tagged) : [] };
  }

  private tally({ tiers }: Plan, tagged: Condition): Promise<Tally[]> {
    const widest = tiers.at(-1);
    return this.listings.tallies({ ...widest, ...tagged });
  }

  private async meaningsOf(word: string): Promise<string[]> {
    const [completed, corrected] = await Promise.all([
      this.vocabulary.completions(word),
      this.vocabulary.corrections(word),
    ]);
    return [...new Set([...completed, ...corrected])];
  }

  /** Tier by tier until the page is full, each an indexed search of its own: nothing is scored that is not shown. */
  private async page(
    { tiers, tolerant }: Plan,
    filters: readonly Condition[],
    { sort, limit }: SearchQuery,
    cursor: Cursor | undefined,
  ): Promise<Pick<SearchResult, 'items' | 'next'>> {
    const order = SORTED[sort];
    const ranked = sort === 'relevance' ? tiers : tiers.slice(-1);
    const found: { listing: Found; tier: number }[] = [];
    for (let tier = cursor?.tier ?? 0; tier < ranked.length && found.length <= limit; tier += 1) {
      const better = tier > 0 ? ranked[tier - 1] : undefined;
      const conditions = [ranked[tier] ?? {}, ...(better ? [{ $nor: [better] }] : []), ...filters];
      const after = tier === cursor?.tier ? positionOf(cursor) : undefined;
      const slice = await this.listings.slice(conditions, order, after, limit + 1 - found.length);
      found.push(...slice.map((listing) => ({ listing, tier })));
    }
    const shown = found.slice(0, limit);
    const last = shown.at(-1);
    const items = shown.map(({ listing }) => viewOf(listing));
    if (found.length <= limit || !last) return { items };
    const value = last.listing[order.field];
    return { items, next: cursorText({ sort, tolerant, tier: last.tier, value, id: last.listing.id }) };
  }
}

const has = (field: WordField, alternatives: readonly (readonly string[])[]): Condition => ({
  $and: alternatives.map((words) => ({ [field]: words.length === 1 ? words[0] : { $in: words } })),
});

function strictPlan(words: readonly string[], completions: readonly (readonly string[])[]): Plan {
  if (words.length === 0) return { tolerant: false, tiers: [{}] };
  const exactly = words.map((word) => [word]);
  return {
    tolerant: false,
    tiers: [
      has('titleWords', exactly),
      has('headWords', completions),
      has('leadWords', completions),
      has('allWords', completions),
    ],
  };
}

const tolerantPlan = (meanings: readonly (readonly string[])[]): Plan => ({
  tolerant: true,
  tiers: [has('headWords', meanings), has('leadWords', meanings), has('allWords', meanings)],
});

const listed = (text: string | undefined): ReadonlySet<string> =>
  new Set(
    text
      ?.split(',')
      .map((value) => value.trim())
      .filter((value) => value !== ''),
  );

const filtersOf = ({ category, difficulty, language, price }: SearchQuery): Filters => ({
  category: listed(category),
  difficulty: listed(difficulty),
  language: listed(language),
  price: listed(price),
});

const conditionsOf = (filters: Filters): Condition[] =>
  FACETS.filter((facet) => filters[facet].size > 0).map((facet) => ({
    [facet === 'price' ? 'band' : facet]: { $in: [...filters[facet]] },
  }));

const admits = (filters: Filters, facet: Facet, tally: Tally): boolean =>
  filters[facet].size === 0 || filters[facet].has(tally[facet]);

const sum = (tallies: readonly Tally[]): number => tallies.reduce((total, { count }) => total + count, 0);

function facetOf(facet: Facet, filters: Filters, tallies: readonly Tally[]) {
  const others = FACETS.filter((each) => each !== facet);
  const counted = tallies.filter((tally) => others.every((other) => admits(filters, other, tally)));
  return [...Map.groupBy(counted, (tally) => tally[facet])]
    .map(([value, same]) => ({ value, count: sum(same) }))
    .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1));
}

const positionOf = ({ value, id }: Cursor): Position => ({ value, id });

function viewOf(found: Found): SearchResult['items'][number] {
  const { instructorId, instructorName } = found;
  return {
    courseId: found.id,
    slug: found.slug,
    edition: found.edition,
    title: found.title,
    summary: found.summary,
    instructor: { instructorId, ...(instructorName ? { name: instructorName } : {}) },
    category: found.category,
    difficulty: found.difficulty,
    language: found.language,
    tags: [...found.tags],
    price: found.price,
    thumbnailMediaId: found.thumbnailMediaId,
    lectureCount: found.lectureCount,
    durationSeconds: found.durationSeconds,
    publishedAt: found.publishedAt.toISOString(),
  };
}
