import type { Difficulty } from '@lyceum/contracts';
import { type Money, exponentOf } from '@lyceum/kernel';
import type { Edition } from '../publishing/edition.js';
import { wordsOf } from './words.js';

export const PRICE_BANDS = ['free', 'under-20', '20-50', 'over-50'] as const;
type PriceBand = (typeof PRICE_BANDS)[number];

/** The words of a listing by where they stand; each in the best place only. */
export const PLACES = ['title', 'head', 'lead', 'body'] as const;
export type Place = (typeof PLACES)[number];

/** A published course as search finds it. */
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
  readonly words: Readonly<Record<Place, readonly string[]>>;
}

const MOST_WORDS = 500;

export function listingOf(
  { courseId, edition, instructorId, details, sections }: Edition,
  about: { slug: string; instructorName: string | undefined; publishedAt: Date; offeredSince: Date },
): Listing {
  const lectures = sections.flatMap((section) => section.lectures);
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
    words: placed({
      title: [details.title],
      head: [...details.tags, details.category, about.instructorName ?? ''],
      lead: [details.summary],
      body: [details.description, ...titles],
    }),
  };
}

function placed(texts: Record<Place, readonly string[]>): Listing['words'] {
  const taken = new Set<string>();
  const words: Record<Place, string[]> = { title: [], head: [], lead: [], body: [] };
  for (const place of PLACES)
    for (const word of texts[place].flatMap(wordsOf)) {
      if (taken.has(word) || taken.size >= MOST_WORDS) continue;
      taken.add(word);
      words[place].push(word);
    }
  return words;
}

/** For comparing prices: major units, and hundreds where the currency has no smaller unit. */
export const rankOf = ({ amount, currency }: Money): number => amount / 10 ** Math.max(2, exponentOf(currency));

export function bandOf(price: Money): PriceBand {
  const rank = rankOf(price);
  if (rank === 0) return 'free';
  if (rank < 20) return 'under-20';
  return rank <= 50 ? '20-50' : 'over-50';
}
