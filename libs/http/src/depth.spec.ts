import { Readable } from 'node:stream';
import { isDeeperThan } from './depth.js';

const nested = (depth: number): unknown => JSON.parse(`${'[{"a":'.repeat(depth / 2)}1${'}]'.repeat(depth / 2)}`);

describe('how deep a body is', () => {
  it('counts arrays and objects in each other', () => {
    expect(isDeeperThan(4, nested(4))).toBe(false);
    expect(isDeeperThan(4, nested(6))).toBe(true);
    expect(isDeeperThan(1, { a: 1, b: 'x', c: null })).toBe(false);
    expect(isDeeperThan(1, { a: 1, b: {} })).toBe(true);
  });
  it('is found out without a stack, however deep', () => {
    expect(isDeeperThan(1_000_000, nested(200_000))).toBe(false);
    expect(isDeeperThan(50, nested(200_000))).toBe(true);
  });
  it('is 0 for what is not JSON', () => {
    for (const body of [undefined, null, 'text', 7, Buffer.alloc(10), Readable.from([])])
      expect(isDeeperThan(0, body)).toBe(false);
  });
});
