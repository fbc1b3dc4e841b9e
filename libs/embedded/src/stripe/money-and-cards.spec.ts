import { demoCard, readCard } from './cards.js';
import { money, smallestAmount } from './currencies.js';

test.each([
  [4900, 'eur', '€49.00'],
  [1000, 'jpy', '¥1,000'],
  [1234, 'kwd', 'KWD 1.234'],
  [5, 'usd', '$0.05'],
])('%d %s is read as %s', (amount, currency, text) => {
  expect(money(amount, currency).replaceAll('\u00A0', ' ')).toBe(text);
});

test('the least total depends on the currency', () => {
  expect(['eur', 'gbp', 'jpy', 'huf'].map(smallestAmount)).toEqual([50, 30, 50, 17_500]);
});

const june2026 = Date.UTC(2026, 5, 30, 23, 59) / 1000;
const typed = { number: '4242424242424242', expiry: '06/26', cvc: '123' };

test('a card is good until the last moment of its month', () => {
  expect(readCard(typed, june2026)).toMatchObject({ last4: '4242', expMonth: 6, expYear: 2026, decline: null });
  expect(readCard(typed, june2026 + 60)).toMatchObject({ field: 'card_expiry' });
});

test.each([
  ['4000 0000 0000 0002', { code: 'card_declined', declineCode: 'generic_decline' }],
  ['4000-0000-0000-9995', { code: 'card_declined', declineCode: 'insufficient_funds' }],
  ['4000000000000069', { code: 'expired_card' }],
  ['4000000000000127', { code: 'incorrect_cvc' }],
  ['4111111111111111', { code: 'card_declined', declineCode: 'test_mode_live_card' }],
])('%s is declined as Stripe does', (number, decline) => {
  expect(readCard({ ...typed, number }, june2026)).toMatchObject({ decline });
});

test('American Express has four digits of security code', () => {
  const amex = { ...typed, number: '378282246310005' };
  expect(readCard(amex, june2026)).toMatchObject({ field: 'card_cvc' });
  expect(readCard({ ...amex, cvc: '1234' }, june2026)).toMatchObject({ brand: 'amex', decline: null });
});

test('the one-click cards pay and decline in any year', () => {
  expect(demoCard('pay', june2026)).toMatchObject({ decline: null, expYear: 2029 });
  expect(demoCard('decline', june2026).decline).toMatchObject({ code: 'card_declined' });
});
