import { type DataExports, answer, contributors, expire, exportIn, missing, overdue, request } from './data-export.js';

const now = new Date('2026-11-20T10:00:00.000Z');
const later = (hours: number) => new Date(now.getTime() + hours * 3_600_000);
const begun = (): DataExports => request(undefined, { id: 'ada', exportId: 'e1', key: 'k' }, now).state;
const run = (service: string, name = 'run') => ({ service, run: name, parts: 2 });
const allBut = (last: string) => contributors.filter((service) => service !== last);
const withAnswersOf = (services: readonly string[]) =>
  services.reduce((all, service) => answer(all, 'e1', run(service), now).state, begun());

describe('an export', () => {
  it('is asked of every service, with a time at which it is gone', () => {
    const { events, timers } = request(undefined, { id: 'ada', exportId: 'e1', key: 'k' }, now);
    expect(events).toMatchObject([
      { type: 'identity.data-export-requested.v1', data: { exportId: 'e1', userId: 'ada' } },
    ]);
    expect(timers?.set?.map(({ key, at }) => [key, at])).toEqual([
      ['overdue:e1', later(1 / 12)],
      ['expiry:e1', later(7 * 24)],
    ]);
    expect(begun().exports.map(missing)).toEqual([contributors]);
  });

  it('is one at a time, and three a day', () => {
    expect(() => request(begun(), { id: 'ada', exportId: 'e2', key: 'k' }, now)).toThrow(/under-way|being made/);
    let all: DataExports | undefined;
    for (const exportId of ['e1', 'e2', 'e3']) {
      all = request(all, { id: 'ada', exportId, key: 'k' }, now).state;
      all = expire(all, exportId).state;
    }
    expect(() => request(all, { id: 'ada', exportId: 'e4', key: 'k' }, later(23))).toThrow(/as many exports/);
    expect(request(all, { id: 'ada', exportId: 'e4', key: 'k' }, later(25)).changed).toBe(true);
  });

  it('is ready when the last service has answered, and is said to be so once', () => {
    const before = withAnswersOf(allBut('media'));
    const { state, events, timers } = answer(before, 'e1', run('media'), now);
    expect(events).toMatchObject([{ type: 'identity.data-export-ready.v1', data: { missing: [] } }]);
    expect(timers?.cancel).toEqual(['overdue:e1']);
    expect(answer(state, 'e1', run('media', 'again'), now).changed).toBe(false);
    expect(overdue(state, 'e1', now).changed).toBe(false);
  });

  it('counts the first whole run of a service', () => {
    const once = answer(begun(), 'e1', run('media', 'first'), now).state;
    expect(answer(once, 'e1', run('media', 'second'), now).changed).toBe(false);
    expect(exportIn(once, 'e1')?.answered).toEqual([run('media', 'first')]);
  });

  it('asks again later and later, is ready in the end without who is silent, and takes them in all the same', () => {
    let all = withAnswersOf(allBut('media'));
    const asked: (Date | undefined)[] = [];
    for (let time = 0; time < 3; time += 1) {
      const { state, timers, events } = overdue(all, 'e1', now);
      expect(events).toEqual([]);
      asked.push(timers?.set?.[0]?.at);
      all = state;
    }
    expect(asked).toEqual([later(1), later(6), later(24)]);
    const { state, events } = overdue(all, 'e1', later(24));
    expect(events).toMatchObject([{ data: { missing: ['media'] } }]);
    const late = answer(state, 'e1', run('media'), later(30));
    expect(late.events).toEqual([]);
    expect(exportIn(late.state, 'e1')?.answered).toHaveLength(contributors.length);
  });

  it('loses its key when it expires', () => {
    const { state, timers } = expire(begun(), 'e1');
    expect(exportIn(state, 'e1')).not.toHaveProperty('key');
    expect(timers?.cancel).toEqual(['overdue:e1']);
    expect(expire(state, 'e1').changed).toBe(false);
    expect(answer(state, 'e1', run('media'), now).changed).toBe(false);
  });
});
