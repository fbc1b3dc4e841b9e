import { SetMetadata, applyDecorators } from '@nestjs/common';
import type { Reflector } from '@nestjs/core';
import type { RouteHandler } from './access.js';
import type { Caller } from './caller.js';
import { refusals } from './refusals.js';
import { Refuses } from './refuses.js';

/** How well somebody has proven who they are (the claim `acr`): with one factor, or with two. */
export const levels = ['aal1', 'aal2'] as const;
export type Level = (typeof levels)[number];

/** When and how well the caller has proven who they are. */
export interface Proof {
  readonly at: Date;
  readonly level: Level;
}

export interface StepUpDemand {
  /** How long ago the caller may have proven who they are. */
  readonly withinMinutes: number;
  /** Default `aal1`: any way to sign in will do. `aal2` asks for two factors, or a passkey. */
  readonly level?: Level;
}

const STEP_UP = Symbol('step-up');

/**
 * For sensitive acts, beside `@Roles()`: the caller must have proven lately, and well enough, who they are. A token that does not say
 * so is answered 401 `http.step-up-required` with the challenge of RFC 9470; `POST /auth/step-up` gives one that does.
 */
export const StepUp = (demand: StepUpDemand): MethodDecorator & ClassDecorator =>
  applyDecorators(SetMetadata(STEP_UP, demand), Refuses(refusals.stepUpRequired));

export const stepUpOf = (reflector: Reflector, { handler, controller }: RouteHandler): StepUpDemand | undefined =>
  reflector.getAllAndOverride<StepUpDemand | undefined>(STEP_UP, [handler, controller]);

const MINUTE = 60_000;

/** Throws `http.step-up-required` when the caller's proof is too old, too weak or not told of at all. */
export function demandProof({ proof }: Caller, { withinMinutes, level = 'aal1' }: StepUpDemand, now: Date): void {
  const strong = proof !== undefined && (level === 'aal1' || proof.level === 'aal2');
  if (strong && now.getTime() - proof.at.getTime() <= withinMinutes * MINUTE) return;
  const detail = strong ? 'You have proven who you are too long ago' : 'A second factor or a passkey is needed';
  throw refusals.stepUpRequired(proof === undefined ? undefined : detail, {
    acrValues: level,
    maxAgeSeconds: withinMinutes * 60,
  });
}
