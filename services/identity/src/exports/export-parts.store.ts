import { Injectable } from '@nestjs/common';
import { Database, Records } from '@lyceum/store';

/** A part of an export, as a service has sent it. */
export interface ExportPart {
  /** `<export>:<service>:<run>:<index>`, so that one that comes again is there already. */
  readonly id: string;
  readonly exportId: string;
  readonly service: string;
  readonly run: string;
  readonly index: number;
  readonly last: boolean;
  /** The sections as JSON, compressed and encrypted with the export's key. */
  readonly content: string;
  readonly expiresAt: Date;
}

@Injectable()
export class ExportPartsStore extends Records<ExportPart> {
  constructor(database: Database) {
    super(database, {
      collection: 'data_export_parts',
      fields: {
        exportId: { type: String, required: true },
        service: { type: String, required: true },
        run: { type: String, required: true },
        index: { type: Number, required: true },
        last: { type: Boolean, required: true },
        content: { type: String, required: true },
        expiresAt: { type: Date, required: true },
      },
      indexes: [
        { keys: { exportId: 1, service: 1, run: 1, index: 1 } },
        { keys: { expiresAt: 1 }, expireAfterSeconds: 0 },
      ],
    });
  }

  /** How many parts a run has, if all of them are there. */
  async wholeRun({
    exportId,
    service,
    run,
  }: Pick<ExportPart, 'exportId' | 'service' | 'run'>): Promise<number | undefined> {
    const last = await this.findOne({ exportId, service, run, last: true });
    if (!last) return undefined;
    const there = await this.count({ exportId, service, run });
    return there === last.index + 1 ? there : undefined;
  }

  /** Of several exports; says how many parts are gone. */
  async forget(exportIds: readonly string[]): Promise<number> {
    let count = 0;
    for (const exportId of exportIds) count += await this.removeAll({ exportId });
    return count;
  }

  /** The parts of a run in their order, one after the other. */
  async *ofRun(
    exportId: string,
    service: string,
    { run, parts }: { run: string; parts: number },
  ): AsyncGenerator<ExportPart> {
    for (let index = 0; index < parts; index += 1) {
      const part = await this.get(partId({ exportId, service, run, index }));
      if (part) yield part;
    }
  }
}

export const partId = ({ exportId, service, run, index }: Pick<ExportPart, 'exportId' | 'service' | 'run' | 'index'>) =>
  `${exportId}:${service}:${run}:${index}`;
