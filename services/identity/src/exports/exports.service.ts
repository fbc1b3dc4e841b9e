import { Injectable } from '@nestjs/common';
import { type EventOf, exportAsked, type partCollected } from '@lyceum/contracts';
import { DirectLine } from '@lyceum/host';
import { Clock, newId } from '@lyceum/kernel';
import { Log } from '@lyceum/telemetry';
import { refusals } from '../refusals.js';
import { AccountsStore } from '../accounts/accounts.store.js';
import { type DataExport, answer, expire, exportIn, isWanted, missing, overdue, request } from './data-export.js';
import { DataExportsStore } from './data-exports.store.js';
import { ExportCipher } from './export-cipher.js';
import { ExportPartsStore, partId } from './export-parts.store.js';

/** What one service has sent, section by section, in the order of its parts. */
export interface Contribution {
  readonly service: string;
  readonly sections: () => AsyncGenerator<EventOf<typeof partCollected>['data']['sections'][number]>;
}

@Injectable()
export class ExportsService {
  constructor(
    private readonly accounts: AccountsStore,
    private readonly exports: DataExportsStore,
    private readonly parts: ExportPartsStore,
    private readonly cipher: ExportCipher,
    private readonly line: DirectLine,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** Throws `identity.export-under-way` and `identity.too-many-exports`. */
  async request(userId: string): Promise<DataExport> {
    if (!(await this.accounts.get(userId))) throw refusals.accountNotFound();
    const exportId = newId();
    const about = { id: userId, exportId, key: this.cipher.newKey(exportId) };
    const all = await this.exports.change(userId, (current) => request(current, about, this.clock.now()));
    return this.found(exportIn(all, exportId));
  }

  /** A part came. One that comes again, or of a service that has answered, changes nothing. */
  async receive({ data }: EventOf<typeof partCollected>): Promise<void> {
    const { exportId, userId, service, run, index, sections, last } = data;
    const one = exportIn(await this.exports.get(userId), exportId);
    if (!one?.key || !isWanted(one, service)) return;
    const id = partId(data);
    const content = this.cipher.seal(sections, one.key, exportId, id);
    await this.parts.insertOnce({ id, exportId, service, run, index, last, content, expiresAt: one.expiresAt });
    const parts = await this.parts.wholeRun(data);
    if (parts === undefined) return;
    await this.exports.change(userId, (current) =>
      answer(current, exportId, { service, run, parts }, this.clock.now()),
    );
  }

  /** Asks those that have not answered, as long as they are waited for. */
  async askAgain(userId: string, exportId: string): Promise<void> {
    const current = await this.exports.get(userId);
    if (!exportIn(current, exportId)) return; // erased meanwhile
    const all = await this.exports.change(userId, (now) => overdue(now, exportId, this.clock.now()));
    const one = exportIn(all, exportId);
    if (one?.status !== 'collecting') return;
    for (const service of missing(one)) {
      this.log.warn('a part of an export is missing', { service, export: exportId });
      await this.line.tell(service, exportId, exportAsked({ exportId, userId }));
    }
  }

  async expire(userId: string, exportId: string): Promise<void> {
    if (exportIn(await this.exports.get(userId), exportId))
      await this.exports.change(userId, (current) => expire(current, exportId));
    await this.parts.forget([exportId]);
  }

  /** The latest first. */
  async mine(userId: string): Promise<DataExport[]> {
    return (await this.exports.get(userId))?.exports.toReversed() ?? [];
  }

  async one(userId: string, exportId: string): Promise<DataExport> {
    return this.found(exportIn(await this.exports.get(userId), exportId));
  }

  /** What is in it. Throws `identity.export-not-ready` and `identity.export-gone`. */
  async contents(userId: string, exportId: string): Promise<{ one: DataExport; contributions: Contribution[] }> {
    const one = await this.one(userId, exportId);
    if (one.status === 'collecting') throw refusals.exportNotReady();
    const { key, answered } = one;
    if (one.status === 'expired' || key === undefined || one.expiresAt <= this.clock.now()) throw refusals.exportGone();
    const { parts, cipher } = this;
    const contributions = answered
      .toSorted((a, b) => a.service.localeCompare(b.service))
      .map(({ service, ...run }) => ({
        service,
        async *sections() {
          for await (const { id, content } of parts.ofRun(exportId, service, run))
            yield* cipher.open(content, key, exportId, id);
        },
      }));
    return { one, contributions };
  }

  private found(one: DataExport | undefined): DataExport {
    if (!one) throw refusals.exportNotFound();
    return one;
  }
}
