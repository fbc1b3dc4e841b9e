import { Injectable } from '@nestjs/common';
import { Purpose } from '@lyceum/contracts';
import { Aggregates, Database } from '@lyceum/store';
import type { Consents } from './consent.js';

@Injectable()
export class ConsentsStore extends Aggregates<Consents> {
  constructor(database: Database) {
    super(database, {
      collection: 'consents',
      fields: {
        history: [
          {
            _id: false,
            purpose: { type: String, required: true, enum: Purpose.options },
            version: String,
            given: Boolean,
            at: Date,
            how: String,
          },
        ],
      },
      indexes: [],
    });
  }
}
