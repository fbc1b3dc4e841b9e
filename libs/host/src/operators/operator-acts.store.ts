import { type Database, type Page, Records } from '@lyceum/store';

/** What an operator did. It is written down before it is done, and how it ended afterwards. */
export interface OperatorAct {
  readonly id: string;
  readonly at: Date;
  /** The operator's account; `erasure` where the host itself acted for somebody who was erased. */
  readonly operatorId: string;
  /** `replay`, `drop`, `rebuild`, `run-job`, `redact`, and what a service adds. */
  readonly act: string;
  /** What was asked for, as it was asked. */
  readonly order: Readonly<Record<string, unknown>>;
  readonly reason?: string;
  /** `begun` for good when the process died over it: it may then have happened or not. */
  readonly outcome: 'begun' | 'done' | 'failed';
  readonly failure?: string;
  readonly count?: number;
  /** The first of the events that it was done to. */
  readonly events?: readonly { readonly id: string; readonly type: string; readonly subject: string }[];
}

export class OperatorActs extends Records<OperatorAct> {
  constructor(database: Database) {
    super(database, {
      collection: 'operator_acts',
      fields: {
        at: { type: Date, required: true },
        operatorId: { type: String, required: true },
        act: { type: String, required: true },
        order: { type: Object, required: true },
        reason: String,
        outcome: { type: String, required: true },
        failure: String,
        count: Number,
        events: { type: [{ _id: false, id: String, type: { type: String }, subject: String }], default: undefined },
      },
      indexes: [{ keys: { at: -1, _id: -1 } }],
    });
  }

  /** The latest first. */
  latest(page: { after?: string | undefined; limit: number }): Promise<Page<OperatorAct>> {
    return this.page({}, { ...page, sort: '-at' });
  }
}
