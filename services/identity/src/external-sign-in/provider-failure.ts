import { Refusal } from '@lyceum/kernel';
import { AuthorizationResponseError, ClientError, ResponseBodyError } from 'openid-client';
import { refusals } from '../refusals.js';

/** The user said no, or would have had to say something (OpenID Connect Core, 3.1.2.6). */
const CANCELLED = new Set(['access_denied', 'login_required', 'interaction_required', 'consent_required']);
const AWAY = new Set(['temporarily_unavailable', 'server_error']);

/** What an answer of a provider that is no good means for who came with it. Bugs stay what they are. */
export function refusalOf(error: unknown): unknown {
  if (error instanceof Refusal) return error;
  if (error instanceof AuthorizationResponseError) {
    if (CANCELLED.has(error.error)) return refusals.externalSignInCancelled();
    return AWAY.has(error.error) ? refusals.providerUnavailable() : refusals.externalSignInRefused();
  }
  if (isAway(error)) return refusals.providerUnavailable();
  if (error instanceof ClientError || error instanceof ResponseBodyError) return refusals.externalSignInRefused();
  return error;
}

/** It does not answer, or answers that it cannot. */
function isAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error.message === 'fetch failed') return true;
  if (!(error instanceof ClientError)) return false;
  if (error.code === 'OAUTH_TIMEOUT') return true;
  const { cause } = error;
  if (cause instanceof Response) return cause.status >= 500;
  return nameOf(cause) === 'TimeoutError' || messageOf(cause) === 'fetch failed';
}

const nameOf = (cause: unknown): unknown =>
  typeof cause === 'object' && cause !== null && 'name' in cause ? cause.name : undefined;
const messageOf = (cause: unknown): unknown =>
  typeof cause === 'object' && cause !== null && 'message' in cause ? cause.message : undefined;
