import { keptUntil } from './retention.js';

it('accounts are kept for full years, counted from the end of the year of the last entry', () => {
  expect(keptUntil(new Date('2026-01-01T00:00:00Z'), 10)).toEqual(new Date('2037-01-01T00:00:00Z'));
  expect(keptUntil(new Date('2026-12-31T23:59:59Z'), 10)).toEqual(new Date('2037-01-01T00:00:00Z'));
  expect(keptUntil(new Date('2027-01-01T00:00:00Z'), 8)).toEqual(new Date('2036-01-01T00:00:00Z'));
});
