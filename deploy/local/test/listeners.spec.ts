import { allEvents, directMessages } from '@lyceum/contracts';
import { everythingHeardBy } from '@lyceum/host';
import { definitions } from '../src/definitions.js';

const heard = new Set(
  Object.values(definitions).flatMap((service) => everythingHeardBy(service).map(({ type }) => type)),
);
const typesOf = (listeners: 'some' | 'none') =>
  allEvents.filter((event) => event.listeners === listeners).map(({ type }) => type);

describe('the definitions of events and the reactions of all services agree', () => {
  test('an event that must be heard has a reaction; otherwise its definition says `listeners: none`', () => {
    expect(typesOf('some').filter((type) => !heard.has(type))).toEqual([]);
  });

  test('an event that by its definition nobody hears has no reaction', () => {
    expect(typesOf('none').filter((type) => heard.has(type))).toEqual([]);
  });

  test('every reaction is to an event of the contracts, or to what one service says to another', () => {
    const known = new Set([...allEvents, ...directMessages].map(({ type }) => type));
    expect([...heard].filter((type) => !known.has(type))).toEqual([]);
  });
});
