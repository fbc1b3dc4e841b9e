// npm run audit -- verify FILE [--key KID,KID] [--checkpoint JWS]: verifies an export of the audit log, offline. Nothing is
// installed or built for it, and it shares no code with the service: docs/audit-log.md says what it checks.
import { createHash, createPublicKey, verify } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

const HEX = /^[0-9a-f]{64}$/;

/** RFC 8785, for JSON whose numbers are whole. */
export function canonical(value) {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  const names = Object.keys(value).sort((a, b) => (a < b ? -1 : 1));
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(',')}}`;
}

const sha256 = (text, encoding) => createHash('sha256').update(text).digest(encoding);
const thumbprint = ({ crv, kty, x }) => sha256(`{"crv":"${crv}","kty":"${kty}","x":"${x}"}`, 'base64url');

/** The payload of a checkpoint, or undefined when none of these keys has signed it. */
function read(jws, jwks) {
  const [header, payload, signature, ...more] = jws.split('.');
  if (!signature || more.length > 0) return undefined;
  const { alg, typ, kid } = JSON.parse(Buffer.from(header, 'base64url').toString());
  const jwk = jwks.find((each) => each.kid === kid);
  if (!jwk) return undefined;
  const key = createPublicKey({ key: { kty: jwk.kty, crv: jwk.crv, x: jwk.x }, format: 'jwk' });
  const good = verify(null, Buffer.from(`${header}.${payload}`), key, Buffer.from(signature, 'base64url'));
  if (alg !== 'EdDSA' || typ !== 'lyceum-audit-checkpoint' || !good) return undefined;
  return JSON.parse(Buffer.from(payload, 'base64url').toString());
}

/**
 * Follows an export, line by line. `kept` are checkpoints from elsewhere. Gives what was found, with the first fault if there is one.
 */
export async function verifyLines(lines, { kids = [], kept = [] } = {}) {
  let last = { seq: 0, hash: '0'.repeat(64) };
  let keys;
  let end;
  let checkpoints = 0;
  const newest = [];
  const broken = (problem, seq) => ({
    intact: false,
    entries: last.seq,
    head: last,
    checkpoints,
    firstBroken: { problem, seq },
  });
  for await (const line of lines) {
    if (line === '') continue;
    const { kind, ...item } = JSON.parse(line);
    if (kind === 'audit-log') {
      keys = item.keys;
      if (item.format !== 1) throw new Error(`The format ${item.format} is not known`);
      const strange = keys.some((key) => thumbprint(key) !== key.kid || (kids.length > 0 && !kids.includes(key.kid)));
      if (strange) return broken('foreign-key', 0);
      for (const jws of kept) {
        const checkpoint = read(jws, keys);
        if (!checkpoint) return broken('forged-checkpoint', 0);
        newest.push(checkpoint);
      }
    } else if (!keys) throw new Error('This is not an export of the audit log');
    else if (kind === 'newest-checkpoint' || kind === 'checkpoint') {
      const checkpoint = read(item.jws, keys);
      if (!checkpoint) return broken('forged-checkpoint', last.seq);
      newest.push(checkpoint);
      checkpoints += 1;
      if (checkpoint.seq === last.seq && checkpoint.hash !== last.hash) return broken('rewritten-history', last.seq);
    } else if (kind === 'entry') {
      const { hash, ...hashed } = item;
      const seq = last.seq + 1;
      if (hashed.seq !== seq) return broken(hashed.seq > seq ? 'missing-entry' : 'moved-entry', seq);
      if (!HEX.test(hash) || sha256(canonical(hashed), 'hex') !== hash) return broken('changed-entry', seq);
      if (hashed.prevHash !== last.hash) return broken('changed-entry', Math.max(1, last.seq));
      last = { seq, hash };
      if (newest.some((checkpoint) => checkpoint.seq === seq && checkpoint.hash !== hash))
        return broken('rewritten-history', seq);
    } else if (kind === 'end') end = item;
  }
  const missing = newest.find(({ seq }) => seq > last.seq);
  if (missing || end?.seq !== last.seq) return broken('cut-off-end', last.seq + 1);
  return { intact: true, entries: last.seq, head: last, checkpoints, keys: keys.map(({ kid }) => kid) };
}

async function main([command, file, ...options]) {
  if (command !== 'verify' || !file) {
    console.error('npm run audit -- verify FILE [--key KID,KID] [--checkpoint JWS]');
    return 2;
  }
  const valueOf = (name) => (options.includes(name) ? options[options.indexOf(name) + 1] : undefined);
  const kept = valueOf('--checkpoint');
  const input = file === '-' ? process.stdin : createReadStream(file);
  const lines = createInterface({ input, crlfDelay: Infinity });
  const found = await verifyLines(lines, { kids: valueOf('--key')?.split(',') ?? [], kept: kept ? [kept] : [] });
  console.log(JSON.stringify(found, null, 2));
  return found.intact ? 0 : 1;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href)
  process.exitCode = await main(process.argv.slice(2)).catch((error) => {
    console.error(`It cannot be read: ${error.message}`);
    return 2;
  });
