import { type JobRun, MOST_ATTEMPTS, failed, finished, furthered, planned, takenUp } from './job-run.js';

const now = new Date('2026-11-22T03:00:00Z');
const pauseOf = ({ state }: JobRun) =>
  state.status === 'waiting' ? (state.notBefore.getTime() - now.getTime()) / 60_000 : state.status;

describe('a run of a job', () => {
  const run = planned('identity.cleanup', now);

  it('is the same one for every instance that plans it', () => {
    expect(planned('identity.cleanup', now)).toEqual(run);
    expect(run).toMatchObject({ id: 'identity.cleanup 2026-11-22T03:00:00.000Z', state: { status: 'waiting' } });
  });

  it('adds up what its attempts have done', () => {
    const once = furthered(takenUp(run, now), { removed: 5 }, 'k');
    const again = takenUp(once, new Date(now.getTime() + 1_000));
    expect(again).toMatchObject({ attempts: 2, startedAt: now, cursor: 'k', counts: { removed: 5 } });
    expect(finished(again, { removed: 2, kept: 1 }, now)).toMatchObject({
      counts: { removed: 7, kept: 1 },
      state: { status: 'done' },
    });
  });

  it('that fails is tried again after growing pauses, and given up at last', () => {
    let current = run;
    const pauses = Array.from({ length: MOST_ATTEMPTS }, () => {
      current = failed(takenUp(current, now), 'broken', now);
      return pauseOf(current);
    });
    expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60, 'failed']);
  });
});
