export { type Issuer, type TokenClaims, startIssuer } from './tokens.js';
