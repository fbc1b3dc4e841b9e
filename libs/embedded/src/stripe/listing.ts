import { type Param, type Read, choice, fields, flag, list, text, whole } from './parameters.js';
import { invalid } from './refusal.js';

const created: Param<number | Range | undefined> = {
  read: (raw, path) => (typeof raw === 'string' ? whole(0).read(raw, path) : range.read(raw, path)),
};
const range = fields({ gt: whole(0), gte: whole(0), lt: whole(0), lte: whole(0) });
type Range = NonNullable<Read<typeof range>>;

export const paging = { created, ending_before: text(), limit: whole(1, 100), starting_after: text() };
type Paging = { [K in keyof typeof paging]: Read<(typeof paging)[K]> };

/** Filters that Stripe offers on each list, beside the paging ones. */
export const listFilters = {
  session: {
    customer: text(),
    payment_intent: text(),
    status: choice('open', 'complete', 'expired'),
  },
  paymentIntent: { customer: text() },
  charge: { customer: text(), payment_intent: text(), transfer_group: text() },
  refund: { charge: text(), payment_intent: text() },
  customer: { email: text() },
  product: { active: flag() },
  price: { active: flag(), currency: text(), product: text(), type: choice('one_time', 'recurring') },
  balanceTransaction: { currency: text(), source: text(), type: text() },
  event: { type: text(), types: list(text(), 20) },
};

export interface List<T> {
  object: 'list';
  data: T[];
  has_more: boolean;
  url: string;
}

interface Listed {
  id: string;
  object: string;
  created?: number;
}

/** One page, newest first. `oldestFirst` is the whole collection; `keep` the filter that is not about paging. */
export function page<T extends Listed>(
  oldestFirst: T[],
  asked: Paging,
  url: string,
  keep: (one: T) => boolean,
): List<T> {
  const limit = asked.limit ?? 10;
  const newestFirst = oldestFirst.filter((one) => keep(one) && within(one.created ?? 0, asked.created)).toReversed();
  if (asked.starting_after !== undefined && asked.ending_before !== undefined)
    throw invalid('You may only specify one of these parameters: starting_after, ending_before.', {
      param: 'starting_after',
    });
  if (asked.ending_before !== undefined) {
    const end = position(newestFirst, oldestFirst, asked.ending_before, 'ending_before');
    const start = Math.max(0, end - limit);
    return { object: 'list', data: newestFirst.slice(start, end), has_more: start > 0, url };
  }
  const start =
    asked.starting_after === undefined
      ? 0
      : position(newestFirst, oldestFirst, asked.starting_after, 'starting_after') + 1;
  const data = newestFirst.slice(start, start + limit);
  return { object: 'list', data, has_more: start + data.length < newestFirst.length, url };
}

function position<T extends Listed>(kept: T[], all: T[], id: string, param: string): number {
  const index = kept.findIndex((one) => one.id === id);
  if (index === -1)
    throw invalid(`No such ${all[0]?.object ?? 'object'}: '${id}'`, { code: 'resource_missing', param });
  return index;
}

function within(at: number, asked: number | Range | undefined): boolean {
  if (asked === undefined) return true;
  if (typeof asked === 'number') return at === asked;
  return (
    at > (asked.gt ?? -1) && at >= (asked.gte ?? 0) && at < (asked.lt ?? Infinity) && at <= (asked.lte ?? Infinity)
  );
}
