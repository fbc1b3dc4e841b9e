import { errors, importJWK, jwtVerify } from 'jose';

const DAY_S = 24 * 3600;

/** Who sends, as it proved. */
export interface Sender {
  /** base64url, uncompressed P-256 point */
  publicKey: string;
  subject: string;
}

/**
 * Checks the `Authorization: vapid t=…, k=…` of a push request (RFC 8292): ES256, for this origin, for at most a day, with a contact.
 * @throws Error that says what is wrong.
 */
export async function verifyVapid(authorization: string, origin: string, now: Date): Promise<Sender> {
  const fields = new Map(
    authorization
      .replace(/^vapid\s+/i, '')
      .split(',')
      .map((field): [string, string] => {
        const at = field.indexOf('=');
        return [field.slice(0, at).trim().toLowerCase(), field.slice(at + 1).trim()];
      }),
  );
  const token = fields.get('t');
  const publicKey = fields.get('k')?.replace(/=+$/, '');
  if (!/^vapid\s/i.test(authorization) || !token || !publicKey)
    throw new Error('expected "vapid t=<JWT>, k=<public key>"');
  const point = Buffer.from(publicKey, 'base64url');
  if (point.length !== 65 || point[0] !== 4) throw new Error('k is not an uncompressed P-256 point');
  try {
    const x = point.subarray(1, 33).toString('base64url');
    const y = point.subarray(33).toString('base64url');
    const key = await importJWK({ kty: 'EC', crv: 'P-256', x, y }, 'ES256');
    const { payload } = await jwtVerify(token, key, {
      algorithms: ['ES256'],
      audience: origin,
      currentDate: now,
      requiredClaims: ['aud', 'exp', 'sub'],
    });
    if ((payload.exp ?? 0) > now.getTime() / 1000 + DAY_S + 60) throw new Error('exp is more than 24 hours away');
    if (!/^(?:mailto:.+@.+|https:\/\/.+)$/.test(payload.sub ?? ''))
      throw new Error('sub must be a mailto: or https: address');
    return { publicKey, subject: payload.sub ?? '' };
  } catch (error) {
    if (error instanceof errors.JWTClaimValidationFailed)
      throw new Error(`the claim ${error.claim} is wrong: ${error.reason}`, { cause: error });
    throw error;
  }
}
