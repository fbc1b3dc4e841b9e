import { newRecoveryCodes, recoveryHashOf } from './recovery-codes.js';
import { challenge, meet, tryOnce } from './sign-in-challenge.js';
import {
  type TwoFactor,
  confirm,
  enrol,
  renewRecoveryCodes,
  reset,
  turnOff,
  useCode,
  useRecoveryCode,
} from './two-factor.js';

const start = new Date('2026-11-20T09:00:00Z');
const after = (seconds: number) => new Date(start.getTime() + seconds * 1_000);
const owner = { id: 'u1', email: 'ada@example.com', firstName: 'Ada' };
const refused = (code: string) => expect.objectContaining({ code: `identity.${code}` });
const pending = enrol(undefined, 'u1', 'secret', start).state;
const confirmed = { owner, code: { secret: 'secret', step: 100 }, recoveryHashes: ['r1', 'r2'] };
const on: TwoFactor = confirm(pending, confirmed, after(60)).state;

describe('two-factor sign-in', () => {
  it('is on once a code of the app has been confirmed, and its owner is told', () => {
    const { state, events } = confirm(pending, confirmed, after(60));
    expect(state.state).toMatchObject({ status: 'on', lastStep: 100 });
    expect(events).toMatchObject([{ type: 'identity.two-factor-enabled.v1', data: { email: 'ada@example.com' } }]);
  });

  it('takes no confirmation after 15 minutes, none of a secret that was replaced, none twice', () => {
    expect(() => confirm(pending, confirmed, after(900))).toThrow(refused('two-factor-not-begun'));
    const replaced = enrol(pending, 'u1', 'another', after(10)).state;
    expect(() => confirm(replaced, confirmed, after(60))).toThrow(refused('code-refused'));
    expect(() => confirm(on, confirmed, after(61))).toThrow(refused('two-factor-already-on'));
    expect(() => enrol(on, 'u1', 'another', after(61))).toThrow(refused('two-factor-already-on'));
  });

  it('takes a time step once, and none before it', () => {
    for (const step of [99, 100])
      expect(() => useCode(on, { secret: 'secret', step })).toThrow(refused('code-refused'));
    const used = useCode(on, { secret: 'secret', step: 102 }).state;
    for (const step of [101, 102])
      expect(() => useCode(used, { secret: 'secret', step })).toThrow(refused('code-refused'));
    expect(useCode(used, { secret: 'secret', step: 103 }).changed).toBe(true);
  });

  it('takes no code of a secret that it had before', () => {
    expect(() => useCode(on, { secret: 'former', step: 200 })).toThrow(refused('code-refused'));
  });

  it('takes each recovery code once, and says how many are left', () => {
    const { state, events } = useRecoveryCode(on, { owner, hash: 'r1' }, after(90));
    expect(events).toMatchObject([{ type: 'identity.recovery-code-used.v1', data: { codesLeft: 1 } }]);
    expect(() => useRecoveryCode(state, { owner, hash: 'r1' }, after(91))).toThrow(refused('code-refused'));
    const renewed = renewRecoveryCodes(state, { owner, recoveryHashes: ['r3'] }, after(91));
    expect(renewed.events).toMatchObject([{ type: 'identity.recovery-codes-renewed.v1', data: { userId: owner.id } }]);
    expect(() => useRecoveryCode(renewed.state, { owner, hash: 'r2' }, after(92))).toThrow(refused('code-refused'));
  });

  it('can be turned off by its owner and by an administrator, and then takes nothing', () => {
    const off = turnOff(on, owner, after(90));
    expect(off.events).toMatchObject([{ type: 'identity.two-factor-disabled.v1' }]);
    const act = { owner, adminId: 'root', reason: 'phone lost' };
    const taken = reset(on, act, after(90));
    expect(taken.events).toMatchObject([
      { type: 'identity.two-factor-reset.v1', data: { userId: 'u1', adminId: 'root', reason: 'phone lost' } },
    ]);
    for (const { state } of [off, taken]) {
      expect(() => useCode(state, { secret: 'secret', step: 300 })).toThrow(refused('two-factor-not-on'));
      expect(() => turnOff(state, owner, after(91))).toThrow(refused('two-factor-not-on'));
      expect(reset(state, act, after(91))).toMatchObject({ changed: false, events: [] });
    }
  });
});

describe('a recovery code', () => {
  it('is one of ten of 120 random bits', () => {
    const codes = newRecoveryCodes();
    expect(new Set(codes).size).toBe(10);
    for (const code of codes) expect(code).toMatch(/^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){5}$/);
  });
  it('may be typed in small letters, without dashes, and with letters that look alike', () => {
    const hash = recoveryHashOf('01AB-0101-CDEF-GHJK-MNPQ-RSTV');
    expect(recoveryHashOf(' oiab olol cdef ghjk mnpq rstv')).toBe(hash);
    expect(recoveryHashOf('01AB-0101-CDEF-GHJK-MNPQ-RSTW')).not.toBe(hash);
  });
});

describe('a challenge', () => {
  const about = { id: 'c1', accountId: 'u1', authentication: { at: start, methods: ['pwd'] as const } };
  const issued = challenge(about, start).state;
  const gone = refused('challenge-refused');

  it('is good for five tries', () => {
    let current = issued;
    for (let n = 0; n < 5; n += 1) current = tryOnce(current, after(n)).state;
    expect(() => tryOnce(current, after(6))).toThrow(gone);
  });
  it('is good for five minutes and for one session', () => {
    expect(() => tryOnce(issued, after(300))).toThrow(gone);
    expect(() => meet(issued, after(300))).toThrow(gone);
    expect(() => tryOnce(undefined, start)).toThrow(gone);
    const met = meet(issued, after(1)).state;
    expect(() => tryOnce(met, after(2))).toThrow(gone);
    expect(() => meet(met, after(2))).toThrow(gone);
  });
});
