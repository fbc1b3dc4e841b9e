import { type Schedule, daily, lastDue, nextDue, weekly } from './schedule.js';

const around = (schedule: Schedule, now: string) => {
  const at = new Date(now);
  return [lastDue(schedule, at).toISOString(), nextDue(schedule, at).toISOString()];
};

describe('a schedule', () => {
  it('of every day is due at its time', () => {
    expect(around(daily('03:30'), '2026-11-23T03:29:59Z')).toEqual([
      '2026-11-22T03:30:00.000Z',
      '2026-11-23T03:30:00.000Z',
    ]);
    expect(around(daily('03:30'), '2026-11-23T03:30:00Z')).toEqual([
      '2026-11-23T03:30:00.000Z',
      '2026-11-24T03:30:00.000Z',
    ]);
  });

  it.each(['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] as const)(
    'of every %s is due on that day',
    (day) => {
      const due = nextDue(weekly(day, '04:00'), new Date('2026-11-23T12:00:00Z'));
      expect(new Intl.DateTimeFormat('en', { weekday: 'long', timeZone: 'UTC' }).format(due)).toBe(day);
      expect(due.toISOString()).toMatch(/T04:00:00\.000Z$/);
    },
  );

  it('says when it is', () => {
    expect([daily('03:30').text, weekly('Sunday', '04:00').text]).toEqual([
      'daily at 03:30 UTC',
      'Sundays at 04:00 UTC',
    ]);
  });

  it.each(['24:00', '3:30', '03:60', 'noon', ''])('cannot be at “%s”', (at) => {
    expect(() => daily(at)).toThrow(RangeError);
  });
});
