import { Binary, Long } from 'bson';
import { CommandError } from '../errors.js';
import type { Engine } from '../storage/engine.js';
import type { RetryableWrite } from '../storage/retries.js';
import type { Transaction } from '../storage/transaction.js';
import type { Doc } from '../values/document.js';
import { decode, isDoc, toNumber } from '../values/document.js';
import type { Cursors } from './cursors.js';
import type { CursorReply } from './cursor-reply.js';

/** One command as it came over the wire. */
export interface Command {
  readonly name: string;
  readonly database: string;
  readonly body: Doc;
  /** Document sequences, still encoded. */
  readonly sequences: ReadonlyMap<string, readonly Buffer[]>;
}

/** What a command may use. */
export interface Host {
  readonly engine: Engine;
  readonly cursors: Cursors;
  /** The one that the command belongs to. */
  readonly transaction?: Transaction;
  readonly startedAt: Date;
  /** How the client reached us, `host:port`. */
  readonly address: string;
  readonly connection: number;
  readonly connections: () => number;
  /** Told once, by `hello`. */
  readonly describeClient: (client: Doc) => void;
}

export type Answer = Doc | CursorReply;
export type Handler = (command: Command, host: Host) => Answer | Promise<Answer>;

/** The documents of a field that drivers send as a sequence or in the body, with their bytes if they came so. */
export function documents(command: Command, field: string): { doc: Doc; bytes?: Buffer }[] {
  const sequence = command.sequences.get(field);
  if (sequence) return sequence.map((bytes) => ({ doc: decode(bytes), bytes }));
  const list = command.body[field];
  if (list !== undefined && !Array.isArray(list))
    throw new CommandError(14, `BSON field '${command.name}.${field}' is the wrong type, expected type 'array'`);
  if (!Array.isArray(list))
    throw new CommandError(40414, `BSON field '${command.name}.${field}' is missing but a required field`);
  return list.map((doc: unknown) => {
    if (!isDoc(doc)) throw new CommandError(14, `BSON field '${command.name}.${field}' must hold objects`);
    return { doc };
  });
}

export function sessionOf({ body }: Command): Binary | undefined {
  const { lsid } = body;
  const id = isDoc(lsid) ? lsid['id'] : undefined;
  return id instanceof Binary ? id : undefined;
}

/** The retryable write that this command is, if it is one. */
export function retryableWrite(command: Command): RetryableWrite | undefined {
  const { txnNumber } = command.body;
  if (txnNumber === undefined) return undefined;
  const sessionId = sessionOf(command);
  if (!sessionId) throw new CommandError(72, 'Transaction number requires a session ID to also be specified');
  const number = txnNumber instanceof Long ? txnNumber : Long.fromNumber(toNumber(txnNumber) ?? 0);
  return { session: sessionId.toString('hex'), sessionId, number };
}
