import {
  Refusal,
  add,
  defineRefusals,
  exponentOf,
  formatMoney,
  isCurrency,
  money,
  newId,
  subtract,
  timeOfId,
} from './index.js';

describe('money', () => {
  it('respects currency exponents', () => {
    expect([exponentOf('EUR'), exponentOf('JPY'), exponentOf('KWD')]).toEqual([2, 0, 3]);
    expect(formatMoney(money(4900, 'EUR'))).toBe('€49.00');
    expect(formatMoney(money(1000, 'JPY'))).toBe('¥1,000');
    expect(formatMoney(money(1234, 'KWD'))).toMatch(/1\.234/);
  });
  it('refuses fractions of a minor unit and unknown currencies', () => {
    expect(() => money(0.5, 'EUR')).toThrow(RangeError);
    expect(() => money(1, 'EURO')).toThrow(RangeError);
    expect(isCurrency('eur')).toBe(false);
  });
  it('adds only what is of one currency', () => {
    expect(add(money(1, 'EUR'), money(2, 'EUR'))).toEqual({ amount: 3, currency: 'EUR' });
    expect(subtract(money(1, 'EUR'), money(2, 'EUR'))).toEqual({ amount: -1, currency: 'EUR' });
    expect(() => add(money(1, 'EUR'), money(2, 'USD'))).toThrow(RangeError);
  });
});

describe('ids', () => {
  it('are version 7, unique, and sort in the order in which they were made', () => {
    const ids = Array.from({ length: 20_000 }, () => newId());
    expect(new Set(ids).size).toBe(ids.length);
    expect([...ids].sort()).toEqual(ids);
    expect(ids[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });
  it('tell when they were made', () => {
    const later = Date.now() + 86_400_000;
    expect(timeOfId(newId(later))).toBe(later);
    expect(timeOfId('not-an-id')).toBeNaN();
  });
});

describe('refusals', () => {
  const refusals = defineRefusals('billing', {
    alreadyEntitled: { status: 409, title: 'You already have this course' },
  });
  it('carry a stable code, a status and members for the client', () => {
    const refusal = refusals.alreadyEntitled('Bought on Monday', { courseId: 'c1' });
    expect(refusal).toBeInstanceOf(Refusal);
    expect(refusal).toMatchObject({ code: 'billing.already-entitled', status: 409, members: { courseId: 'c1' } });
    expect(refusals.alreadyEntitled.code).toBe('billing.already-entitled');
  });
});
