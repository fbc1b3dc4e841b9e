import { setTimeout as delay } from 'node:timers/promises';
import { anEvent } from './bus.contract.js';
import { RETRY_DELAYS } from './bus.js';
import { ContractBroken, Late } from './failure.js';
import { handled, nextAfter } from './retries.js';
import { lanesOf } from './rabbit/topology.js';

const all = (error: unknown) => Array.from({ length: 8 }, (_, index) => nextAfter(error, index + 1, RETRY_DELAYS));

describe('what follows a failed attempt', () => {
  test('three at once, then after 1 s, 10 s, 1 min and 10 min, then parked', () => {
    const delays = [1_000, 10_000, 60_000, 600_000];
    expect(all(new Error('no'))).toEqual(['at once', 'at once', ...delays, 'park', 'park']);
  });

  test('a broken contract is parked whatever the attempt', () => {
    expect(new Set(all(new ContractBroken('no')))).toEqual(new Set(['park']));
  });

  test('one that took too long is never repeated at once while it may still go on', () => {
    expect(all(new Late('no'))).toEqual([1_000, 1_000, 1_000, 10_000, 60_000, 600_000, 'park', 'park']);
  });

  test('without delays there are three attempts', () => {
    expect([1, 2, 3].map((attempt) => nextAfter(new Error('no'), attempt, []))).toEqual(['at once', 'at once', 'park']);
  });

  test('a message whose connection is lost is not tried again here', async () => {
    let attempts = 0;
    const verdict = await handled({
      delivery: { event: anEvent('testing.published.v1'), replayed: false },
      earlier: undefined,
      delays: RETRY_DELAYS,
      timeoutMs: 1_000,
      service: 'catalog',
      handle: async () => {
        attempts += 1;
        await delay(1);
        throw new Error('no');
      },
      isOurs: () => false,
    });
    expect(attempts).toBe(1);
    expect(verdict?.failure.attempts).toBe(1);
  });

  test('the queues of a delay are a fifth shorter, as long, and a fifth longer', () => {
    expect(RETRY_DELAYS.map(lanesOf)).toEqual([
      [800, 1_000, 1_200],
      [8_000, 10_000, 12_000],
      [48_000, 60_000, 72_000],
      [480_000, 600_000, 720_000],
    ]);
  });
});
