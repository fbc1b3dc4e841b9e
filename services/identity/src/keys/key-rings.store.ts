import { Injectable } from '@nestjs/common';
import { Aggregates, Database } from '@lyceum/store';
import type { KeyRing } from './key-ring.js';

@Injectable()
export class KeyRingsStore extends Aggregates<KeyRing> {
  constructor(database: Database) {
    super(database, {
      collection: 'key_rings',
      fields: {
        keys: [{ _id: false, kid: String, publicJwk: String, privateJwk: String, activeFrom: Date, retireAfter: Date }],
        withdrawn: { type: [{ _id: false, kid: String, at: Date }], default: undefined },
      },
      indexes: [],
    });
  }
}
