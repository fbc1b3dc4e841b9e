import type { Difficulty } from '@lyceum/contracts';
import { type Money, exponentOf } from '@lyceum/kernel';
import type { Edition } from '../publishing/edition.js';
import { folded, wordsOf } from './words.js';

export const PRICE_BANDS = ['free', 'under-20', '20-50', 'over-50'] as const;
export type PriceBand = (typeof PRICE_BANDS)[number];

/**
 * A published course as search finds it. Each list of words contains the one before it, so that "in the title" is also
 * "anywhere", and one index on `allWords` narrows every search.
 */
export interface Listing {
  readonly id: string;
  readonly slug: string;
  readonly edition: number;
  readonly title: string;
  readonly summary: string;
  readonly instructorId: string;
  readonly instructorName?: string;
  readonly category: string;
  readonly difficulty: Difficulty;
  readonly language: string;
  readonly tags: readonly string[];
  readonly price: Money;
  readonly thumbnailMediaId: string;
  readonly lectureCount: number;
  readonly durationSeconds: number;
  readonly publishedAt: Date;
  /** First publication: a new edition is not a new course. */
  readonly offeredSince: Date;
  readonly band: PriceBand;
  /** For sorting by price: major units, and hundreds where the currency has no smaller unit. */
  readonly priceRank: number;
  readonly titleKey: string;
  readonly titleWords: readonly string[];
  /** And tags, category, instructor. */
  readonly headWords: readonly string[];
  /** And summary. */
  readonly leadWords: readonly string[];
  /** And description and the titles of sections and lectures. */
  readonly allWords: readonly string[];
}

const MOST_WORDS = 500;

export function listingOf(
  { courseId, edition, instructorId, details, sections }: Edition,
  about: { slug: string; instructorName: string | undefined; publishedAt: Date; offeredSince: Date },
): Listing {
  const lectures = sections.flatMap((section) => section.lectures);
  const titleWords = wordsOf(details.title);
  const headWords = extended(titleWords, [...details.tags, details.category, about.instructorName ?? '']);
  const leadWords = extended(headWords, [details.summary]);
  const titles = [...sections, ...lectures].map(({ title }) => title);
  return {
    id: courseId,
    slug: about.slug,
    edition,
    title: details.title,
    summary: details.summary,
    instructorId,
    ...(about.instructorName ? { instructorName: about.instructorName } : {}),
    category: details.category,
    difficulty: details.difficulty,
    language: details.language,
    tags: details.tags,
    price: details.price,
    thumbnailMediaId: details.thumbnailMediaId,
    lectureCount: lectures.length,
    durationSeconds: lectures.reduce((sum, { durationSeconds }) => sum + durationSeconds, 0),
    publishedAt: about.publishedAt,
    offeredSince: about.offeredSince,
    band: bandOf(details.price),
    priceRank: rankOf(details.price),
    titleKey: folded(details.title),
    titleWords,
    headWords,
    leadWords,
    allWords: extended(leadWords, [details.description, ...titles]).slice(0, MOST_WORDS),
  };
}

const extended = (words: readonly string[], texts: readonly string[]): string[] => [
  ...new Set([...words, ...texts.flatMap(wordsOf)]),
];

const rankOf = ({ amount, currency }: Money): number => amount / 10 ** Math.max(2, exponentOf(currency));

export function bandOf(price: Money): PriceBand {
  const rank = rankOf(price);
  if (rank === 0) return 'free';
  if (rank < 20) return 'under-20';
  return rank <= 50 ? '20-50' : 'over-50';
}
