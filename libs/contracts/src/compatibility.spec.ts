import { z } from 'zod';
import { type Difference, differences, explain, schemaOf } from './compatibility.js';

const TYPE = 'billing.payment-succeeded.v1';
const before = {
  paymentId: z.string().min(1).max(200),
  price: z.object({ amount: z.int().nonnegative(), currency: z.string() }),
  paidAt: z.iso.datetime(),
  method: z.enum(['card', 'invoice']),
  note: z.string().optional(),
  lines: z.array(z.object({ courseId: z.string() })),
  grant: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('purchase'), id: z.string() }),
    z.object({ kind: z.literal('gift') }),
  ]),
};

const between = (was: z.ZodRawShape, is: z.ZodRawShape): Difference[] =>
  differences(schemaOf({ schema: z.object(was) }), schemaOf({ schema: z.object(is) }));

/** What the check says when one field is declared in another way. */
const changing = (change: z.ZodRawShape): string[] =>
  between(before, { ...before, ...change }).map(({ effect, what }) => `${effect}: ${what}`);

describe('within a version', () => {
  it('nothing is to be said of what stays the same, and words may change', () => {
    expect(changing({})).toEqual([]);
    expect(changing({ note: z.string().optional().describe('for the learner') })).toEqual([]);
  });
  it('optional fields are added, at any depth', () => {
    expect(changing({ coupon: z.string().optional() })).toEqual(['adds: has the new optional field `coupon`']);
    expect(changing({ lines: z.array(z.object({ courseId: z.string(), seats: z.int().default(1) })) })).toEqual([
      'adds: has the new optional field `lines[].seats`',
    ]);
  });

  it.each<[string, z.ZodRawShape, string]>([
    [
      'a field is not lost',
      { price: z.object({ amount: z.int().nonnegative() }) },
      'breaks: lost the field `price.currency`',
    ],
    ['a new field is not required', { coupon: z.string() }, 'breaks: requires the new field `coupon`'],
    ['an optional field does not become required', { note: z.string() }, 'breaks: now requires the field `note`'],
    ['a type does not change', { paymentId: z.int() }, 'breaks: has integer in `paymentId`, which was string'],
    ['an enum does not lose a value', { method: z.enum(['card']) }, 'breaks: no longer allows "invoice" in `method`'],
    [
      'free text does not become an enum',
      { paymentId: z.enum(['p']) },
      'breaks: no longer allows any other value in `paymentId`',
    ],
    [
      'a text does not get shorter',
      { paymentId: z.string().min(1).max(36) },
      'breaks: has narrowed `paymentId`: maxLength 36, which was 200',
    ],
    [
      'a number does not get a higher beginning',
      { price: z.object({ amount: z.int().min(5), currency: z.string() }) },
      'breaks: has narrowed `price.amount`: minimum 5, which was 0',
    ],
    [
      'a format does not change',
      { paidAt: z.iso.date() },
      'breaks: has the format date for `paidAt`, which was date-time',
    ],
    [
      'a text does not get a format',
      { note: z.email().optional() },
      'breaks: has the format email for `note`, which was none',
    ],
    [
      'a text does not get a pattern',
      { note: z.string().regex(/^a/).optional() },
      'breaks: has the pattern ^a for `note`, which was none',
    ],
    [
      'an alternative is not lost',
      { grant: z.object({ kind: z.literal('purchase'), id: z.string() }) },
      'breaks: no longer allows object with kind "gift" in `grant`',
    ],
    [
      'the elements of a list are held to the same',
      { lines: z.array(z.object({ courseId: z.int() })) },
      'breaks: has integer in `lines[].courseId`, which was string',
    ],
    [
      'an object does not close',
      { price: z.strictObject({ ...before.price.shape }) },
      'breaks: no longer allows every field in `price`',
    ],
  ])('%s', (_rule, change, said) => expect(changing(change)).toContain(said));

  it.each<[string, z.ZodRawShape, string]>([
    [
      'a field may be left out',
      { paymentId: z.string().min(1).max(200).optional() },
      'widens: no longer requires the field `paymentId`',
    ],
    [
      'an enum gets a value',
      { method: z.enum(['card', 'invoice', 'bank']) },
      'widens: newly allows "bank" in `method`',
    ],
    ['an enum becomes free text', { method: z.string() }, 'widens: newly allows any other value in `method`'],
    [
      'a text may be longer',
      { paymentId: z.string().min(1) },
      'widens: has widened `paymentId`: maxLength none, which was 200',
    ],
    [
      'a whole number may have a fraction',
      { price: z.object({ amount: z.number(), currency: z.string() }) },
      'widens: has number in `price.amount`, which was integer',
    ],
    [
      'a format is no longer asked for',
      { paidAt: z.string() },
      'widens: has the format none for `paidAt`, which was date-time',
    ],
    ['a value may be null', { method: before.method.nullable() }, 'widens: newly allows null in `method`'],
    [
      'what is read for a field that is left out changes',
      { note: z.string().default('none') },
      'widens: reads none where `note` is left out, which was none',
    ],
  ])('subscribers of the old version are to be thought of when %s', (_rule, change, said) =>
    expect(changing(change)).toContain(said),
  );

  it('a field that comes into a closed object is refused by those who know it closed', () => {
    const closed = { price: z.strictObject({ amount: z.int() }) };
    const opened = { price: z.strictObject({ amount: z.int(), currency: z.string().optional() }) };
    expect(between(closed, opened).map(({ effect }) => effect)).toEqual(['widens']);
  });

  it('a shape that contains itself is compared once', () => {
    const shape = (name: 'title' | 'name') => {
      const node: z.ZodType = z.object({
        [name]: z.string(),
        get parts() {
          return z.array(node);
        },
      });
      return { tree: node };
    };
    expect(between(shape('title'), shape('title'))).toEqual([]);
    expect(between(shape('title'), shape('name')).map(({ what }) => what)).toEqual([
      'lost the field `tree.title`',
      'requires the new field `tree.name`',
    ]);
  });
});

describe('the sentence', () => {
  it('says what is wrong and what to do', () => {
    const [lost] = between(before, { ...before, price: z.object({ amount: z.int().nonnegative() }) });
    expect(lost && explain(TYPE, lost)).toBe(
      'billing.payment-succeeded.v1 lost the field `price.currency`; within a version only optional fields are added: ' +
        'put it back, or publish billing.payment-succeeded.v2 beside v1',
    );
    expect(explain(TYPE, { effect: 'adds', what: 'has the new optional field `coupon`' })).toContain(
      'npm run contracts -- accept',
    );
    expect(explain('a.b.v9', { effect: 'widens', what: 'newly allows "x" in `y`' })).toContain(
      'publish a.b.v10 beside v9',
    );
  });
});
