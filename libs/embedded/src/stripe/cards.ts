// https://docs.stripe.com/testing#cards
export interface Decline {
  code: string;
  declineCode: string | null;
  message: string;
}
export interface Card {
  number: string;
  brand: string;
  last4: string;
  expMonth: number;
  expYear: number;
  decline: Decline | null;
}
export type CardProblem = { field: 'card_number' | 'card_expiry' | 'card_cvc'; message: string };

const declined = (declineCode: string, message = 'Your card was declined.'): Decline => ({
  code: 'card_declined',
  declineCode,
  message,
});
const declines: Record<string, Decline> = {
  '4000000000000002': declined('generic_decline'),
  '4000000000009995': declined('insufficient_funds', 'Your card has insufficient funds.'),
  '4000000000009987': declined('lost_card'),
  '4000000000009979': declined('stolen_card'),
  '4000000000000069': { code: 'expired_card', declineCode: 'expired_card', message: 'Your card has expired.' },
  '4000000000000127': {
    code: 'incorrect_cvc',
    declineCode: 'incorrect_cvc',
    message: "Your card's security code is incorrect.",
  },
  '4000000000000119': {
    code: 'processing_error',
    declineCode: 'processing_error',
    message: 'An error occurred while processing your card. Try again in a little bit.',
  },
};
const paying = new Set([
  '4242424242424242',
  '4000056655665556',
  '5555555555554444',
  '2223003122003222',
  '5200828282828210',
  '378282246310005',
  '371449635398431',
  '6011111111111117',
  '3056930009020004',
  '3566002020360505',
  '6200000000000005',
]);
const notATestCard = declined(
  'test_mode_live_card',
  'Your card was declined. Your request was in test mode, but used a non test card. For a list of valid test cards, visit: https://stripe.com/docs/testing.',
);

/** Reads what was typed into the card form. `now` in seconds. Declines are known only after a charge was tried. */
export function readCard(typed: { number: string; expiry: string; cvc: string }, now: number): Card | CardProblem {
  const number = typed.number.replaceAll(/[\s-]/g, '');
  if (!/^\d{12,19}$/.test(number)) return { field: 'card_number', message: 'Your card number is incomplete.' };
  if (!passesLuhn(number)) return { field: 'card_number', message: 'Your card number is invalid.' };
  const expiry = /^(\d{1,2})\s*\/?\s*(\d{2}|20\d{2})$/.exec(typed.expiry.trim());
  const expMonth = Number(expiry?.[1]);
  const expYear = 2000 + (Number(expiry?.[2]) % 100);
  if (!expiry || expMonth < 1 || expMonth > 12)
    return { field: 'card_expiry', message: "Your card's expiration date is incomplete." };
  // a card is good until the end of its month
  if (Date.UTC(expYear, expMonth) / 1000 <= now)
    return { field: 'card_expiry', message: "Your card's expiration date is in the past." };
  const brand = brandOf(number);
  if (!(brand === 'amex' ? /^\d{4}$/ : /^\d{3}$/).test(typed.cvc.trim()))
    return { field: 'card_cvc', message: "Your card's security code is incomplete." };
  const decline = declines[number] ?? (paying.has(number) ? null : notATestCard);
  return { number, brand, last4: number.slice(-4), expMonth, expYear, decline };
}

/** The card of a one-click payment or decline, good for years. */
export function demoCard(outcome: 'pay' | 'decline', now: number): Card {
  const number = outcome === 'pay' ? '4242424242424242' : '4000000000000002';
  const expYear = new Date(now * 1000).getUTCFullYear() + 3;
  return { number, brand: 'visa', last4: number.slice(-4), expMonth: 12, expYear, decline: declines[number] ?? null };
}

function passesLuhn(number: string): boolean {
  const sum = Array.from(number)
    .toReversed()
    .reduce((total, digit, position) => {
      const weighted = Number(digit) * (position % 2 === 1 ? 2 : 1);
      return total + (weighted > 9 ? weighted - 9 : weighted);
    }, 0);
  return sum % 10 === 0;
}

function brandOf(number: string): string {
  if (number.startsWith('4')) return 'visa';
  if (/^3[47]/.test(number)) return 'amex';
  if (/^3(0[0-5]|[68])/.test(number)) return 'diners';
  if (number.startsWith('35')) return 'jcb';
  if (/^(5[1-5]|2[2-7])/.test(number)) return 'mastercard';
  if (number.startsWith('62')) return 'unionpay';
  return number.startsWith('6') ? 'discover' : 'unknown';
}
