import { Injectable } from '@nestjs/common';
import { Database, Records, where } from '@lyceum/store';

/** A signed word about how far the log was at a time. What it says is in the signed text; the fields are for finding it. */
export interface StoredCheckpoint {
  readonly id: string;
  readonly seq: number;
  readonly at: Date;
  /** Of the key that has signed it. */
  readonly kid: string;
  readonly jws: string;
}

@Injectable()
export class AuditCheckpointsStore extends Records<StoredCheckpoint> {
  constructor(database: Database) {
    super(database, {
      collection: 'audit_checkpoints',
      fields: {
        seq: { type: Number, required: true },
        at: { type: Date, required: true },
        kid: { type: String, required: true },
        jws: { type: String, required: true },
      },
      indexes: [{ keys: { seq: 1, at: 1 } }, { keys: { at: 1 } }],
    });
  }

  /** The newest: the farthest of them, and of those the latest. */
  async latest(kids: readonly string[]): Promise<StoredCheckpoint | undefined> {
    const [latest] = await this.find({ kid: where({ $in: [...kids] }) }, { sort: ['-seq', '-at'], limit: 1 });
    return latest;
  }

  /** Those about places behind `after` and up to `to`, in their order. */
  between(kids: readonly string[], after: number, to: number): Promise<StoredCheckpoint[]> {
    return this.find({ kid: where({ $in: [...kids] }), seq: where({ $gt: after, $lte: to }) }, { sort: ['seq', 'at'] });
  }

  /** A later one vouches for everything before it: older ones are of use only for finding where a history was rewritten. */
  forgetBefore(at: Date): Promise<number> {
    return this.removeAll({ at: where({ $lt: at }) });
  }
}
