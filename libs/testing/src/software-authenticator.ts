import { type KeyObject, createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { isoCBOR } from '@simplewebauthn/server/helpers';

/** What a browser and an authenticator could get wrong, or an attacker change. */
export interface Deviations {
  origin?: string;
  rpId?: string;
  challenge?: string;
  type?: string;
  /** Whether the device has recognised its owner; default true. */
  recognised?: boolean;
  counter?: number;
  userHandle?: string;
}

interface Options {
  challenge: string;
  user?: { id: string };
}

const UP = 0x01;
const UV = 0x04;
const BACKUP = 0x18; // eligible and backed up
const ATTESTED = 0x40;

const sha256 = (data: string | Buffer): Buffer => createHash('sha256').update(data).digest();
const base64url = (data: Uint8Array | string): string => Buffer.from(data).toString('base64url');

/** A passkey in software: an ES256 key pair that answers as WebAuthn level 2 says. */
export class SoftwareAuthenticator {
  readonly id = randomBytes(32);
  counter = 0;
  private userHandle = '';
  private readonly publicKey: KeyObject;
  private readonly privateKey: KeyObject;

  constructor(private readonly where: { origin: string; rpId: string; synchronised?: boolean }) {
    ({ publicKey: this.publicKey, privateKey: this.privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' }));
  }

  /** The answer to the options for a new passkey, as `toJSON()` gives it in a browser. */
  attest(options: Options, deviations: Deviations = {}) {
    this.userHandle = options.user?.id ?? '';
    const authData = Buffer.concat([this.authenticatorData(deviations, ATTESTED), this.attestedCredential()]);
    const attestation = new Map<string, string | Uint8Array | Map<string, string>>([
      ['fmt', 'none'],
      ['attStmt', new Map<string, string>()],
      ['authData', new Uint8Array(authData)],
    ]);
    return {
      ...this.credential(),
      response: {
        clientDataJSON: base64url(this.clientData('webauthn.create', options, deviations)),
        attestationObject: base64url(isoCBOR.encode(attestation)),
        transports: ['internal'],
        publicKeyAlgorithm: -7,
      },
    };
  }

  /** The answer to the options for a proof; each one counts. */
  assert(options: Options, deviations: Deviations = {}) {
    if (!this.where.synchronised) this.counter += 1;
    const clientData = this.clientData('webauthn.get', options, deviations);
    const authData = this.authenticatorData(deviations);
    const signature = sign('sha256', Buffer.concat([authData, sha256(clientData)]), this.privateKey);
    return {
      ...this.credential(),
      response: {
        clientDataJSON: base64url(clientData),
        authenticatorData: base64url(authData),
        signature: base64url(signature),
        userHandle: deviations.userHandle ?? this.userHandle,
      },
    };
  }

  private credential() {
    return { id: base64url(this.id), rawId: base64url(this.id), type: 'public-key', clientExtensionResults: {} };
  }

  private clientData(usual: string, { challenge }: Options, deviations: Deviations): string {
    const { type = usual, origin = this.where.origin } = deviations;
    return JSON.stringify({ type, challenge: deviations.challenge ?? challenge, origin, crossOrigin: false });
  }

  private authenticatorData({ rpId = this.where.rpId, recognised = true, counter }: Deviations, flags = 0): Buffer {
    const count = Buffer.alloc(4);
    count.writeUInt32BE(counter ?? this.counter);
    const all = flags | UP | (recognised ? UV : 0) | (this.where.synchronised ? BACKUP : 0);
    return Buffer.concat([sha256(rpId), Buffer.from([all]), count]);
  }

  private attestedCredential(): Buffer {
    const { x = '', y = '' } = this.publicKey.export({ format: 'jwk' });
    const cose = new Map<number, number | Uint8Array>([
      [1, 2], // kty: EC2
      [3, -7], // alg: ES256
      [-1, 1], // crv: P-256
      [-2, new Uint8Array(Buffer.from(x, 'base64url'))],
      [-3, new Uint8Array(Buffer.from(y, 'base64url'))],
    ]);
    const length = Buffer.alloc(2);
    length.writeUInt16BE(this.id.length);
    return Buffer.concat([Buffer.alloc(16), length, this.id, isoCBOR.encode(cose)]);
  }
}
