import { issue, revoke } from './certificate.js';

const at = new Date('2026-11-20T09:00:00Z');
const award = { learnerId: 'ada', learnerName: 'Ada Byron', courseId: 'ts', courseTitle: 'TS', code: 'LYC-1' };

describe('a certificate', () => {
  it('is issued once for a learner and a course, with what was true then', () => {
    const first = issue(undefined, award, at);
    expect(first.events).toMatchObject([
      { type: 'progress.certificate-issued.v1', data: { certificateId: 'ada:ts', code: 'LYC-1' } },
    ]);
    const again = issue(first.state, { ...award, learnerName: 'Ada Lovelace', code: 'LYC-2' }, at);
    expect(again).toMatchObject({ changed: false, events: [], state: { learnerName: 'Ada Byron', code: 'LYC-1' } });
  });
  it('tells the world nothing of the learner’s name', () => {
    expect(JSON.stringify(issue(undefined, award, at).events)).not.toContain('Byron');
  });
  it('is revoked for good, and not issued again', () => {
    const revoked = revoke(issue(undefined, award, at).state, 'fraud', at);
    expect(revoked.state.standing).toEqual({ status: 'revoked', at, reason: 'fraud' });
    expect(revoke(revoked.state, 'other', at)).toMatchObject({
      changed: false,
      state: { standing: { reason: 'fraud' } },
    });
    expect(issue(revoked.state, award, at)).toMatchObject({
      changed: false,
      state: { standing: { status: 'revoked' } },
    });
    expect(() => revoke(undefined, 'x', at)).toThrow(
      expect.objectContaining({ code: 'progress.certificate-not-found' }),
    );
  });
});
