import { Difficulty, Id, Instant, MoneyValue } from '@lyceum/contracts';
import { PageQuery } from '@lyceum/http';
import { z } from 'zod';
import { PRICE_BANDS } from './listing.js';

const oneOf = (values: readonly string[]) => new RegExp(`^(${values.join('|')})(,(${values.join('|')}))*$`);
const several = z.string().trim().toLowerCase().min(1).max(300);

export const SearchQuery = PageQuery.extend({
  q: z.string().trim().max(200).optional().describe('words; beginnings are completed and typing errors forgiven'),
  category: several.optional().describe('one or several, with commas'),
  difficulty: several.regex(oneOf(Difficulty.options)).optional().describe('one or several, with commas'),
  language: z.string().trim().min(1).max(300).optional().describe('one or several, with commas'),
  price: several.regex(oneOf(PRICE_BANDS)).optional().describe('one or several price bands, with commas'),
  tag: several.optional().describe('one or several, with commas: all of them'),
  sort: z
    .enum(['relevance', 'newest', 'price', '-price', 'title'])
    .default('relevance')
    .describe('relevance without words is newest'),
});
export type SearchQuery = z.infer<typeof SearchQuery>;

const FoundCourse = z
  .object({
    courseId: Id,
    slug: z.string(),
    edition: z.int(),
    title: z.string(),
    summary: z.string(),
    instructor: z.object({ instructorId: Id, name: z.string().optional() }),
    category: z.string(),
    difficulty: Difficulty,
    language: z.string(),
    tags: z.array(z.string()),
    price: MoneyValue,
    thumbnailMediaId: Id,
    lectureCount: z.int(),
    durationSeconds: z.int(),
    publishedAt: Instant,
  })
  .meta({ id: 'FoundCourse' });
export type FoundCourse = z.infer<typeof FoundCourse>;

const facet = z.array(z.object({ value: z.string(), count: z.int() }));

export const SearchResult = z
  .object({
    items: z.array(FoundCourse),
    next: z.string().optional(),
    total: z.int(),
    corrected: z.boolean().describe('nothing was spelt so; these are the results of similar words'),
    facets: z
      .object({ category: facet, difficulty: facet, language: facet, price: facet })
      .describe('how many there would be with each value, the other filters kept'),
  })
  .meta({ id: 'SearchResult' });
export type SearchResult = z.infer<typeof SearchResult>;
