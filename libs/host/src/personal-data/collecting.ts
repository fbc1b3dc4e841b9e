import type { Bus } from '@lyceum/bus';
import { type ExportedSection, envelop, partCollected, withoutPeople } from '@lyceum/contracts';
import { newId } from '@lyceum/kernel';
import type { Database } from '@lyceum/store';
import type { PersonalData, Section } from './personal-data.js';

/** Who keeps the parts and hands them to the person. */
const collector = 'identity';
/** Of JSON, unless a single record is larger. */
const mostBytes = 448 * 1_024;
const mostTold = 200;

export interface ExportOrder {
  readonly exportId: string;
  readonly userId: string;
}

/** Collects what this service holds about somebody and sends it to identity, one bounded message after the other. */
export class Collecting {
  constructor(
    private readonly service: string,
    private readonly database: Database,
    private readonly bus: Pick<Bus, 'publishTo'>,
    private readonly personalData: () => PersonalData,
    private readonly most = mostBytes,
  ) {}

  /** Asked twice, it sends everything twice, as two runs that do not mix. */
  async collect({ exportId, userId }: ExportOrder): Promise<void> {
    const run = newId();
    let index = 0;
    const send = async (sections: readonly Section[], last: boolean): Promise<void> => {
      const { service } = this;
      const part = partCollected({ exportId, userId, service, run, index, sections: [...sections], last });
      index += 1;
      const about = { id: newId(), service, subject: exportId, version: index, time: new Date() };
      await this.bus.publishTo(collector, [envelop(part, about)]);
    };
    let waiting: Section[] = [];
    if (!(await this.database.erased.has(userId)))
      for await (const parcel of parcels(this.everything(userId), this.most)) {
        if (waiting.length > 0) await send(waiting, false);
        waiting = parcel;
      }
    await send(waiting, true);
  }

  private async *everything(userId: string): AsyncGenerator<Section, void> {
    yield* this.personalData().collect(userId);
    yield* this.told(userId);
  }

  /** What the service has told the others: its log, without what the same events tell about other people. */
  private async *told(userId: string): AsyncGenerator<Section, void> {
    const title = 'What this service told the others about you';
    let records: Record<string, unknown>[] = [];
    for await (const event of this.database.events.about(userId)) {
      const { type, time, data } = withoutPeople(event, (id) => id !== userId);
      records.push({ type, time, data: withoutSecrets(data) });
      if (records.length < mostTold) continue;
      yield { name: 'events', title, records };
      records = [];
    }
    if (records.length > 0) yield { name: 'events', title, records };
  }
}

/** One-time tokens stand sealed in events; they are for the one service that opens them. */
const withoutSecrets = (data: unknown): unknown =>
  JSON.parse(JSON.stringify(data, (key, value: unknown) => (key.startsWith('sealed') ? undefined : value)));

/** Puts sections together into parcels of so many bytes at most, and takes apart those that are larger. */
async function* parcels(sections: AsyncIterable<Section>, most: number): AsyncGenerator<Section[], void> {
  let parcel: ExportedSection[] = [];
  let bytes = 0;
  for await (const { name, title, records } of sections) {
    let open: ExportedSection | undefined;
    for (const record of records) {
      const size = Buffer.byteLength(JSON.stringify(record)) + 1;
      if (bytes > 0 && bytes + size > most) {
        yield parcel;
        [parcel, bytes, open] = [[], 0, undefined];
      }
      if (!open) {
        open = { name, title, records: [] };
        parcel.push(open);
        bytes += name.length + title.length + 50;
      }
      open.records.push(record);
      bytes += size;
    }
  }
  if (parcel.length > 0) yield parcel;
}
