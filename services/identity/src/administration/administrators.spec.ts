import { STUCK_AFTER, letGo, stuck } from './administrators.js';

const start = new Date('2026-11-20T09:00:00Z');
const later = new Date(start.getTime() + STUCK_AFTER);
const ada = { accountId: 'ada', version: 4 };
const bob = { accountId: 'bob', version: 7 };
const cyd = { accountId: 'cyd', version: 1 };
const last = expect.objectContaining({ code: 'identity.last-administrator' });

describe('an administrator who leaves', () => {
  it('leaves another one', () => {
    expect(letGo(undefined, ada, [ada, bob], start).state.leaving).toEqual([{ ...ada, at: start }]);
    expect(() => letGo(undefined, ada, [ada], start)).toThrow(last);
  });
  it('does not count on one who is on the way out, whether that is written yet or not', () => {
    const leaving = letGo(undefined, ada, [ada, bob], start).state;
    expect(() => letGo(leaving, bob, [ada, bob], start)).toThrow(last);
    expect(() => letGo(leaving, bob, [bob], start)).toThrow(last);
    expect(letGo(leaving, bob, [ada, bob, cyd], start).changed).toBe(true);
  });
  it('counts on one whose account has been written since: then that parting was not', () => {
    const leaving = letGo(undefined, ada, [ada, bob], start).state;
    const after = letGo(leaving, bob, [{ ...ada, version: 5 }, bob], start).state;
    expect(after.leaving).toEqual([{ ...bob, at: start }]);
  });
  it('may try again', () => {
    const leaving = letGo(undefined, ada, [ada, bob], start).state;
    expect(letGo(leaving, ada, [ada, bob], later).state.leaving).toEqual([{ ...ada, at: later }]);
  });
  it('is stuck when nothing was written for long', () => {
    const leaving = letGo(undefined, ada, [ada, bob], start).state;
    expect(stuck(leaving, bob, [ada, bob], start)).toEqual([]);
    expect(stuck(leaving, bob, [ada, bob], later)).toEqual([{ ...ada, at: start }]);
    expect(stuck(leaving, bob, [{ ...ada, version: 5 }, bob], later)).toEqual([]);
  });
});
