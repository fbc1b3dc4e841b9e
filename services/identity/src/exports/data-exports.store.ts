import { Injectable } from '@nestjs/common';
import { Aggregates, Database } from '@lyceum/store';
import type { DataExports } from './data-export.js';

@Injectable()
export class DataExportsStore extends Aggregates<DataExports> {
  constructor(database: Database) {
    super(database, {
      collection: 'data_exports',
      fields: {
        exports: [
          {
            _id: false,
            exportId: String,
            requestedAt: Date,
            status: { type: String, required: true, enum: ['collecting', 'ready', 'expired'] },
            readyAt: Date,
            expiresAt: Date,
            answered: [{ _id: false, service: String, run: String, parts: Number }],
            asked: Number,
            key: String,
          },
        ],
      },
      indexes: [],
    });
  }
}
