import { z } from 'zod';

/** Query of a list: `?limit=20&after=<cursor>`. */
export const PageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  after: z.string().max(500).optional().describe('the `next` of the page before'),
});
export type PageQuery = z.infer<typeof PageQuery>;

/** Schema of a page: `{ items, next? }`; without `next` the list has ended. */
export const pageOf = <Item extends z.ZodType>(item: Item) =>
  z.object({ items: z.array(item), next: z.string().optional() });
