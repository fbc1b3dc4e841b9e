import { Binary, Long } from 'bson';
import { CommandError } from '../errors.js';
import { type Doc, isDoc } from '../values/document.js';

/** A write that may be repeated by the driver: which session and number it has. */
export interface RetryableWrite {
  readonly session: string;
  readonly sessionId: Binary;
  readonly number: Long;
}

/** How far the transaction with a session's latest number is. */
export type Outcome = 'open' | 'committed' | 'aborted';

interface SessionWrites {
  readonly sessionId: Binary;
  readonly number: Long;
  readonly results: Map<number, Doc>;
  /** Only for a transaction. */
  outcome: Outcome | undefined;
  touched: number;
}

type Noted = Pick<SessionWrites, 'sessionId' | 'number' | 'outcome'> & { readonly results: ReadonlyMap<number, Doc> };

const rememberMs = 30 * 60_000;
const mostSessions = 10_000;

/**
 * What each session did last: the results of a retryable write by statement, so that a repeated statement is answered and
 * not repeated; or the outcome of a transaction, so that a repeated commit is.
 */
export class Retries {
  private readonly sessions = new Map<string, SessionWrites>();
  constructor(private readonly now: () => Date) {}

  latest(session: string): { readonly number: Long; readonly outcome: Outcome | undefined } | undefined {
    return this.sessions.get(session);
  }

  tooOld({ session, number }: RetryableWrite, latest: Long): CommandError {
    return new CommandError(
      225,
      `Retryable write with txnNumber ${number.toString()} is prohibited on session ${session} because a newer retryable write with txnNumber ${latest.toString()} has already started on this session.`,
    );
  }

  /** The recorded result. Throws 225 TransactionTooOld for a number below the latest, 72 for a transaction's. */
  resultOf(write: RetryableWrite, statement: number): Doc | undefined {
    const known = this.sessions.get(write.session);
    if (!known) return undefined;
    const order = write.number.compare(known.number);
    if (order < 0) throw this.tooOld(write, known.number);
    if (order > 0) return undefined;
    if (known.outcome !== undefined)
      throw new CommandError(72, 'Must specify autocommit=false on all operations of a multi-statement transaction.');
    return known.results.get(statement);
  }

  /** Throws 225 for a number below the session's latest, 50911 for the latest itself. */
  beginTransaction(write: RetryableWrite): void {
    const known = this.sessions.get(write.session);
    const order = known ? write.number.compare(known.number) : 1;
    if (known && order < 0) throw this.tooOld(write, known.number);
    if (order === 0)
      throw new CommandError(
        50911,
        `Cannot start a transaction at given transaction number ${write.number.toString()} a transaction with the same number is in state ${known?.outcome ?? 'retryable write'}`,
      );
    this.remember(write, new Map(), 'open');
  }

  endTransaction({ session, number }: RetryableWrite, outcome: Outcome): void {
    const known = this.sessions.get(session);
    if (known?.number.equals(number)) known.outcome = outcome;
  }

  /** Records that a transaction is committed and gives the note for the log and the way back. */
  recordCommit(write: RetryableWrite): { note: Doc; undo: () => void } {
    this.endTransaction(write, 'committed');
    return {
      note: note({ ...write, results: new Map(), outcome: 'committed' }),
      undo: () => this.endTransaction(write, 'aborted'),
    };
  }

  /** Records results and gives the note for the log and the way back. */
  record(write: RetryableWrite, results: ReadonlyMap<number, Doc>): { note: Doc; undo: () => void } {
    this.remember(write, results);
    return {
      note: note({ ...write, results, outcome: undefined }),
      undo: () => {
        const known = this.sessions.get(write.session);
        if (known?.number.equals(write.number)) for (const statement of results.keys()) known.results.delete(statement);
      },
    };
  }

  replay(content: Doc): void {
    const { lsid, txnNumber, results, committed } = content;
    if (!(lsid instanceof Binary) || !(txnNumber instanceof Long) || !Array.isArray(results)) return;
    const map = new Map<number, Doc>();
    for (const item of results as unknown[]) {
      const { stmtId, reply } = isDoc(item) ? item : {};
      if (typeof stmtId === 'number' && isDoc(reply)) map.set(stmtId, reply);
    }
    const write = { session: lsid.toString('hex'), sessionId: lsid, number: txnNumber };
    this.remember(write, map, committed === true ? 'committed' : undefined);
  }

  forget(session: string): void {
    this.sessions.delete(session);
  }

  /** What a snapshot must keep. */
  notes(): Doc[] {
    this.expire();
    return [...this.sessions.values()].filter(({ outcome }) => outcome !== 'open').map(note);
  }

  private remember(write: RetryableWrite, results: ReadonlyMap<number, Doc>, outcome?: Outcome): void {
    const { session, sessionId, number } = write;
    let known = this.sessions.get(session);
    if (!known || known.number.lessThan(number)) {
      known = { sessionId, number, results: new Map(), outcome, touched: 0 };
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

const note = ({ sessionId, number, results, outcome }: Noted): Doc => ({
  op: 'retry',
  lsid: sessionId,
  txnNumber: number,
  results: [...results].map(([stmtId, reply]) => ({ stmtId, reply })),
  ...(outcome === 'committed' ? { committed: true } : {}),
});
