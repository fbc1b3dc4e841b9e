import { Binary, Long } from 'bson';
import { CommandError } from '../errors.js';
import { type Doc, isDoc } from '../values/document.js';

/** A write that may be repeated by the driver: which session and number it has. */
export interface RetryableWrite {
  readonly session: string;
  readonly sessionId: Binary;
  readonly number: Long;
}

interface SessionWrites {
  readonly sessionId: Binary;
  number: Long;
  results: Map<number, Doc>;
  touched: number;
}

const rememberMs = 30 * 60_000;
const mostSessions = 10_000;

/** The results of each session's latest retryable write, by statement: a repeated statement is answered, not repeated. */
export class Retries {
  private readonly sessions = new Map<string, SessionWrites>();
  constructor(private readonly now: () => Date) {}

  /** The recorded result. Throws 225 TransactionTooOld for a number below the latest. */
  resultOf({ session, number }: RetryableWrite, statement: number): Doc | undefined {
    const known = this.sessions.get(session);
    if (!known) return undefined;
    const order = number.compare(known.number);
    if (order < 0)
      throw new CommandError(
        225,
        `Retryable write with txnNumber ${number.toString()} is prohibited on session ${session} because a newer retryable write with txnNumber ${known.number.toString()} has already started on this session.`,
      );
    return order === 0 ? known.results.get(statement) : undefined;
  }

  /** Records results and gives the note for the log and the way back. */
  record(write: RetryableWrite, results: ReadonlyMap<number, Doc>): { note: Doc; undo: () => void } {
    this.remember(write, results);
    return {
      note: note(write.sessionId, write.number, results),
      undo: () => {
        const known = this.sessions.get(write.session);
        if (known?.number.equals(write.number)) for (const statement of results.keys()) known.results.delete(statement);
      },
    };
  }

  replay(content: Doc): void {
    const { lsid, txnNumber, results } = content;
    if (!(lsid instanceof Binary) || !(txnNumber instanceof Long) || !Array.isArray(results)) return;
    const map = new Map<number, Doc>();
    for (const item of results as unknown[]) {
      const { stmtId, reply } = isDoc(item) ? item : {};
      if (typeof stmtId === 'number' && isDoc(reply)) map.set(stmtId, reply);
    }
    this.remember({ session: lsid.toString('hex'), sessionId: lsid, number: txnNumber }, map);
  }

  forget(session: string): void {
    this.sessions.delete(session);
  }

  /** What a snapshot must keep. */
  notes(): Doc[] {
    this.expire();
    return [...this.sessions.values()].map(({ sessionId, number, results }) => note(sessionId, number, results));
  }

  private remember({ session, sessionId, number }: RetryableWrite, results: ReadonlyMap<number, Doc>): void {
    let known = this.sessions.get(session);
    if (!known || known.number.lessThan(number)) {
      known = { sessionId, number, results: new Map(), touched: 0 };
    }
    // again at the end: the map stays in the order of use
    this.sessions.delete(session);
    this.sessions.set(session, known);
    known.touched = this.now().getTime();
    for (const [statement, reply] of results) known.results.set(statement, reply);
    if (this.sessions.size > mostSessions) this.expire();
  }

  private expire(): void {
    const oldest = this.now().getTime() - rememberMs;
    for (const [session, { touched }] of this.sessions) {
      if (touched >= oldest && this.sessions.size <= mostSessions) break;
      this.sessions.delete(session);
    }
  }
}

const note = (lsid: Binary, txnNumber: Long, results: ReadonlyMap<number, Doc>): Doc => ({
  op: 'retry',
  lsid,
  txnNumber,
  results: [...results].map(([stmtId, reply]) => ({ stmtId, reply })),
});
