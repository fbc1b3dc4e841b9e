import {
  recoveryCodeUsed,
  recoveryCodesRenewed,
  twoFactorDisabled,
  twoFactorEnabled,
  twoFactorReset,
} from '@lyceum/contracts';
import { type Change, changed, unchanged } from '@lyceum/kernel';
import { refusals } from '../refusals.js';

/** The authenticator app of an account; its id is the account's. */
export interface TwoFactor {
  readonly id: string;
  readonly state: TwoFactorState;
}

export type TwoFactorState =
  | { readonly status: 'off'; readonly since: Date }
  /** The secret has been shown; it counts once a code proves that the app has it. */
  | { readonly status: 'pending'; readonly secret: string; readonly expiresAt: Date }
  | On;

interface On {
  readonly status: 'on';
  /** Encrypted. */
  readonly secret: string;
  readonly since: Date;
  /** The newest time step whose code was used: no code of it or of one before is taken again. */
  readonly lastStep: number;
  /** Of the recovery codes that are left. */
  readonly recoveryHashes: readonly string[];
}

export interface Owner {
  readonly id: string;
  readonly email: string;
  readonly firstName: string;
}

/** A code that was right for a secret, and the time step that it belongs to. */
export interface RightCode {
  readonly secret: string;
  readonly step: number;
}

const MINUTE = 60_000;
const CONFIRM_WITHIN = 15 * MINUTE;

export const isOn = (current: TwoFactor | undefined): boolean => current?.state.status === 'on';

/** A new secret to be confirmed; one that was not confirmed before is forgotten. */
export function enrol(current: TwoFactor | undefined, id: string, secret: string, now: Date): Change<TwoFactor> {
  if (isOn(current)) throw refusals.twoFactorAlreadyOn();
  const expiresAt = new Date(now.getTime() + CONFIRM_WITHIN);
  return changed({ id, state: { status: 'pending', secret, expiresAt } });
}

/** The secret that waits for its first code. Throws `identity.two-factor-not-begun`. */
export function pendingSecret(current: TwoFactor | undefined, now: Date): string {
  if (isOn(current)) throw refusals.twoFactorAlreadyOn();
  if (current?.state.status !== 'pending' || current.state.expiresAt <= now) throw refusals.twoFactorNotBegun();
  return current.state.secret;
}

export function confirm(
  current: TwoFactor | undefined,
  { owner, code, recoveryHashes }: { owner: Owner; code: RightCode; recoveryHashes: readonly string[] },
  now: Date,
): Change<TwoFactor> {
  if (pendingSecret(current, now) !== code.secret) throw refusals.codeRefused();
  const state: On = { status: 'on', secret: code.secret, since: now, lastStep: code.step, recoveryHashes };
  return changed({ id: owner.id, state }, [twoFactorEnabled({ ...told(owner), enabledAt: now.toISOString() })]);
}

/** Spends a code: of two that come with it at once, one is refused. Throws `identity.code-refused`. */
export function useCode(current: TwoFactor | undefined, code: RightCode): Change<TwoFactor> {
  const [twoFactor, state] = turnedOn(current);
  if (state.secret !== code.secret || code.step <= state.lastStep) throw refusals.codeRefused();
  return changed({ ...twoFactor, state: { ...state, lastStep: code.step } });
}

/** Spends a recovery code, and its owner is told. Throws `identity.code-refused`. */
export function useRecoveryCode(
  current: TwoFactor | undefined,
  { owner, hash }: { owner: Owner; hash: string },
  now: Date,
): Change<TwoFactor> {
  const [twoFactor, state] = turnedOn(current);
  const left = state.recoveryHashes.filter((other) => other !== hash);
  if (left.length === state.recoveryHashes.length) throw refusals.codeRefused();
  const event = recoveryCodeUsed({ ...told(owner), codesLeft: left.length, usedAt: now.toISOString() });
  return changed({ ...twoFactor, state: { ...state, recoveryHashes: left } }, [event]);
}

/** The same secret in another encryption; nothing when there is another one meanwhile. */
export function reencrypt(current: TwoFactor, from: string, to: string): Change<TwoFactor> {
  const { state } = current;
  if (state.status === 'off' || state.secret !== from) return unchanged(current);
  return changed({ ...current, state: { ...state, secret: to } });
}

/** New recovery codes in place of all before; the owner is told. */
export function renewRecoveryCodes(
  current: TwoFactor | undefined,
  { owner, recoveryHashes }: { owner: Owner; recoveryHashes: readonly string[] },
  now: Date,
): Change<TwoFactor> {
  const [twoFactor, state] = turnedOn(current);
  const event = recoveryCodesRenewed({ ...told(owner), renewedAt: now.toISOString() });
  return changed({ ...twoFactor, state: { ...state, recoveryHashes } }, [event]);
}

export function turnOff(current: TwoFactor | undefined, owner: Owner, now: Date): Change<TwoFactor> {
  const [twoFactor] = turnedOn(current);
  const event = twoFactorDisabled({ ...told(owner), disabledAt: now.toISOString() });
  return changed({ ...twoFactor, state: { status: 'off', since: now } }, [event]);
}

/** An administrator helps somebody who has lost the app and the recovery codes. Nothing when it is off already. */
export function reset(
  current: TwoFactor | undefined,
  { owner, adminId, reason }: { owner: Owner; adminId: string; reason: string },
  now: Date,
): Change<TwoFactor> {
  const off: TwoFactor = { id: owner.id, state: { status: 'off', since: now } };
  if (!isOn(current)) return unchanged(current ?? off);
  return changed(off, [twoFactorReset({ ...told(owner), adminId, reason, resetAt: now.toISOString() })]);
}

function turnedOn(current: TwoFactor | undefined): [TwoFactor, On] {
  if (current?.state.status !== 'on') throw refusals.twoFactorNotOn();
  return [current, current.state];
}

const told = ({ id: userId, email, firstName }: Owner) => ({ userId, email, firstName });
