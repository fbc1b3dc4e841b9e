import { Injectable } from '@nestjs/common';
import { CourseIndex, type Entry, FACETS, type Facet, type Hit } from './course-index.js';
import { type Cursor, type Keys, compare, cursorText, keysOf, readCursor } from './search.cursor.js';
import type { FoundCourse, SearchQuery, SearchResult } from './search.query.js';
import { queryWordsOf } from './words.js';

type Filters = Readonly<Record<Facet, ReadonlySet<string>>>;

@Injectable()
export class SearchService {
  constructor(private readonly index: CourseIndex) {}

  /** Throws InvalidCursor for a cursor of another order. */
  search(query: SearchQuery): SearchResult {
    const cursor = query.after === undefined ? undefined : readCursor(query.after, query.sort);
    const { hits, tolerant } = this.candidates(queryWordsOf(query.q ?? ''), cursor);
    const tags = [...listed(query.tag)];
    const filters = filtersOf(query);
    const tagged = tags.length > 0 ? hits.filter(({ entry }) => tags.every((tag) => entry.tags.has(tag))) : hits;
    const { facets, admitted } = counted(tagged, filters);
    const page = firstAfter(cursor?.keys, admitted, query);
    const shown = page.slice(0, query.limit);
    const last = shown.at(-1);
    return {
      items: shown.map(({ hit }) => viewOf(hit.entry.listing)),
      ...(page.length > query.limit && last ? { next: cursorText(query.sort, { tolerant, keys: last.keys }) } : {}),
      total: admitted.length,
      corrected: tolerant && hits.length > 0,
      facets,
    };
  }

  /** As spelt, if anything is; else with typing errors forgiven. A cursor stays with what its first page decided. */
  private candidates(words: readonly string[], cursor: Cursor | undefined): { hits: Hit[]; tolerant: boolean } {
    if (words.length === 0) return { hits: [...this.index.all()], tolerant: false };
    if (!cursor?.tolerant) {
      const hits = this.index.matching(words, { tolerant: false });
      if (hits.length > 0 || cursor) return { hits, tolerant: false };
    }
    return { hits: this.index.matching(words, { tolerant: true }), tolerant: true };
  }
}

/** One pass: what all filters admit, and for each facet what the other filters admit. */
function counted(hits: readonly Hit[], filters: Filters): { facets: SearchResult['facets']; admitted: Hit[] } {
  const counts = { category: new Map(), difficulty: new Map(), language: new Map(), price: new Map() } satisfies Record<
    Facet,
    Map<string, number>
  >;
  const count = (facet: Facet, value: string) => counts[facet].set(value, (counts[facet].get(value) ?? 0) + 1);
  const restricting = FACETS.filter((facet) => filters[facet].size > 0);
  const admitted: Hit[] = [];
  for (const hit of hits) {
    const { facets } = hit.entry;
    const against = restricting.filter((facet) => !filters[facet].has(facets[facet]));
    const [only] = against;
    if (only === undefined) {
      admitted.push(hit);
      for (const facet of FACETS) count(facet, facets[facet]);
    } else if (against.length === 1) count(only, facets[only]);
  }
  const facetOf = (facet: Facet) =>
    [...counts[facet]]
      .map(([value, number]: [string, number]) => ({ value, count: number }))
      .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1));
  return {
    admitted,
    facets: {
      category: facetOf('category'),
      difficulty: facetOf('difficulty'),
      language: facetOf('language'),
      price: facetOf('price'),
    },
  };
}

/** The page behind a position, and one more if there is one; without sorting what is not shown. */
function firstAfter(
  position: Keys | undefined,
  hits: readonly Hit[],
  { sort, limit }: SearchQuery,
): { hit: Hit; keys: Keys }[] {
  const best: { hit: Hit; keys: Keys }[] = [];
  for (const hit of hits) {
    const keys = keysOf(sort, hit);
    if (position && compare(keys, position) <= 0) continue;
    const worst = best.at(-1);
    if (best.length > limit && worst && compare(keys, worst.keys) >= 0) continue;
    const place = best.findLastIndex((each) => compare(each.keys, keys) < 0) + 1;
    best.splice(place, 0, { hit, keys });
    if (best.length > limit + 1) best.pop();
  }
  return best;
}

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

function viewOf(listing: Entry['listing']): FoundCourse {
  const { id, offeredSince: _, instructorId, instructorName, ...shown } = listing;
  return {
    courseId: id,
    ...shown,
    tags: [...shown.tags],
    instructor: { instructorId, ...(instructorName ? { name: instructorName } : {}) },
    publishedAt: shown.publishedAt.toISOString(),
  };
}
