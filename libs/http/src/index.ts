export { ACCESS, type Access, Public, Roles, VerifiedRoles } from './access.js';
export { ApiKeyExchange, API_KEY_EXCHANGE_PATH, ExchangedApiKey } from './api-keys/exchange.js';
export {
  API_KEY_PREFIX,
  type ApiKeyParts,
  apiKeyHash,
  apiKeyText,
  newApiKey,
  readApiKey,
} from './api-keys/api-key-text.js';
export { AccessGuard, bearerToken } from './access.guard.js';
export { RedisAway, RedisLink } from './redis/redis-link.js';
export { type HttpAppOptions, createHttpApp } from './app.js';
export { Caller, Visitor, callerOf, isAdmin } from './caller.js';
export { IdempotencyInterceptor, IdempotencyRecords, Idempotent } from './idempotency.js';
export { openApiOf, securitySchemes } from './openapi.js';
export { MediaTypeGuard } from './media-type.guard.js';
export { PageQuery, pageOf } from './paging.js';
export { PROBLEM_TYPE, Problem, problemOf, refusalOf } from './problem.js';
export { type Answered, type Answering, ProblemFilter, answerProblem } from './problem.filter.js';
export { refusals as httpRefusals } from './refusals.js';
export { Refuses } from './refuses.js';
export { type ServedRoute, routesOf } from './routes.js';
export { EndedSessions, EndedSessionsFeed, type Endings } from './sessions/ended-sessions.js';
export { RedisEndedSessions } from './sessions/redis-ended-sessions.js';
export { EndedSessionsAnswer, RemoteEndedSessions } from './sessions/remote-ended-sessions.js';
export { SERVICE_NAME, Scope, type ScopeArea, ScopedAs, SignedInOnly, scopeAreas } from './scopes.js';
export { type Level, type Proof, StepUp, demandProof } from './step-up.js';
export { ACCESS_TOKEN_TYPE, RemoteKeys, SIGNING_ALGORITHMS, TokenVerifier, VerificationKeys } from './tokens.js';
export { validationPipe } from './validation.js';
