import { Injectable } from '@nestjs/common';
import { entryOf } from './audit.views.js';
import { AuditCheckpointsStore } from './audit-checkpoints.store.js';
import { AuditEntriesStore } from './audit-entries.store.js';
import { CheckpointKey } from './checkpoint-key.js';

const BATCH = 500;

/** The whole log as text, for keeping and verifying elsewhere: `docs/audit-log.md`. */
@Injectable()
export class AuditExport {
  constructor(
    private readonly entries: AuditEntriesStore,
    private readonly checkpoints: AuditCheckpointsStore,
    private readonly key: CheckpointKey,
  ) {}

  /** Lines of JSON: a head with the key, every entry with the signed words about it, and an end that says how many they were. */
  async *lines(): AsyncGenerator<string, void> {
    const newest = await this.checkpoints.latest(this.key.kids);
    yield lineOf({ kind: 'audit-log', format: 1, keys: this.key.jwks });
    if (newest) yield lineOf({ kind: 'newest-checkpoint', jws: newest.jws });
    let seq = 0;
    for (;;) {
      const batch = await this.entries.after(seq, BATCH);
      for (const entry of batch) yield lineOf({ kind: 'entry', ...entryOf(entry) });
      const last = batch.at(-1)?.seq ?? seq;
      for (const { jws } of await this.checkpoints.between(this.key.kids, seq, last))
        yield lineOf({ kind: 'checkpoint', jws });
      seq = last;
      if (batch.length < BATCH) break;
    }
    yield lineOf({ kind: 'end', seq });
  }
}

const lineOf = (value: object): string => `${JSON.stringify(value)}\n`;
