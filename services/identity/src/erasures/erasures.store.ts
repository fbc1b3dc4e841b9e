import { Injectable } from '@nestjs/common';
import { Aggregates, Database } from '@lyceum/store';
import type { Erasure } from './erasure.js';

@Injectable()
export class ErasuresStore extends Aggregates<Erasure> {
  constructor(database: Database) {
    super(database, {
      collection: 'erasures',
      fields: {
        userId: { type: String, required: true },
        by: { type: String, required: true, enum: ['owner', 'admin'] },
        adminId: String,
        reason: String,
        begunAt: { type: Date, required: true },
        status: { type: String, required: true, enum: ['waiting', 'complete'] },
        completeAt: Date,
        receipts: [
          {
            _id: false,
            service: String,
            version: Number,
            erased: [{ _id: false, what: String, count: Number }],
            kept: [{ _id: false, what: String, why: String, until: String }],
            at: Date,
          },
        ],
        asked: { type: Number, required: true },
      },
      indexes: [{ keys: { status: 1 } }, { keys: { adminId: 1 }, where: { adminId: { $exists: true } } }],
    });
  }

  waiting(): Promise<number> {
    return this.count({ status: 'waiting' });
  }
}
