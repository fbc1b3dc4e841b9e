import { Injectable } from '@nestjs/common';
import type { Envelope } from '@lyceum/contracts';
import { AuditEntriesStore } from './audit-entries.store.js';
import type { Content } from './audit-chain.js';
import { auditedEvents } from './audited-events.js';

interface Waiting {
  readonly content: Content;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

const BATCH = 100;
const byType = new Map(auditedEvents.map((event) => [event.definition.type, event]));

/** Writes down what happened. What comes while something is being written goes together in the next statement. */
@Injectable()
export class AuditLog {
  private waiting: Waiting[] = [];
  private writing = false;

  constructor(private readonly entries: AuditEntriesStore) {}

  /** Resolves when the event is in the log; told again it adds nothing. */
  record(event: Pick<Envelope, 'type'>): Promise<void> {
    const audited = byType.get(event.type);
    if (!audited) throw new TypeError(`${event.type} has no line in the table of the audit log`);
    const content = audited.contentOf(event);
    return new Promise((resolve, reject) => {
      this.waiting.push({ content, resolve, reject });
      void this.write();
    });
  }

  private async write(): Promise<void> {
    if (this.writing) return;
    this.writing = true;
    while (this.waiting.length > 0) {
      const batch = this.waiting.splice(0, BATCH);
      await this.entries.append(batch.map(({ content }) => content)).then(
        () => batch.forEach(({ resolve }) => resolve()),
        (error: unknown) => batch.forEach(({ reject }) => reject(error)),
      );
    }
    this.writing = false;
  }
}
