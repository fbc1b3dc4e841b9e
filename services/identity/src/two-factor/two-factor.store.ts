import { Injectable } from '@nestjs/common';
import { Aggregates, Database } from '@lyceum/store';
import type { TwoFactor } from './two-factor.js';

@Injectable()
export class TwoFactorStore extends Aggregates<TwoFactor> {
  constructor(database: Database) {
    super(database, {
      collection: 'two_factor',
      fields: {
        state: {
          status: { type: String, required: true, enum: ['off', 'pending', 'on'] },
          since: Date,
          secret: String,
          expiresAt: Date,
          lastStep: Number,
          recoveryHashes: { type: [String], default: undefined },
        },
      },
      indexes: [],
    });
  }
}
