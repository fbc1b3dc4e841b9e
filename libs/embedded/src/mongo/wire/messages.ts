import { Binary, Double, Long, Timestamp } from 'bson';
import type { Answer, Command } from '../commands/command.js';
import { CursorReply } from '../commands/cursor-reply.js';
import { CommandError } from '../errors.js';
import { decode, type Doc, encode } from '../values/document.js';

/** https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/ */
const opReply = 1;
const opQuery = 2004;
const opMsg = 2013;
export const headerBytes = 16;
export const maxMessageBytes = 48_000_000;

const checksumPresent = 1;
const moreToCome = 2;
const requiredFlags = 0xffff;

export interface Request {
  readonly id: number;
  readonly legacy: boolean;
  /** The client waits for an answer. */
  readonly wantsReply: boolean;
  readonly command: Command;
}

/** Takes a complete message apart; throws what must end the connection when it is not one we know. */
export function parseMessage(message: Buffer): Request {
  const id = message.readInt32LE(4);
  const opCode = message.readInt32LE(12);
  if (opCode === opMsg) return parseMsg(message, id);
  if (opCode === opQuery) return parseQuery(message, id);
  throw new Error(`opcode ${opCode} is not supported`);
}

function parseMsg(message: Buffer, id: number): Request {
  const flags = message.readUInt32LE(headerBytes);
  const unknown = flags & requiredFlags & ~(checksumPresent | moreToCome);
  if (unknown !== 0) throw new Error(`unknown OP_MSG flags ${unknown}`);
  const end = flags & checksumPresent ? message.length - 4 : message.length;
  let at = headerBytes + 4;
  let body: Doc | undefined;
  const sequences = new Map<string, Buffer[]>();
  while (at < end) {
    const kind = message.readUInt8(at++);
    const size = message.readInt32LE(at);
    if (size < 5 || at + size > end) throw new Error(`a section of ${size} bytes does not fit`);
    if (kind === 0) {
      if (body) throw new Error('two body sections');
      body = decode(message, at);
    } else if (kind === 1) {
      const nameEnd = message.indexOf(0, at + 4);
      const name = message.toString('utf8', at + 4, nameEnd);
      sequences.set(name, split(message, nameEnd + 1, at + size));
    } else throw new Error(`unknown section kind ${kind}`);
    at += size;
  }
  if (!body) throw new Error('a message without a body');
  const database = body['$db'];
  const name = Object.keys(body)[0] ?? '';
  return {
    id,
    legacy: false,
    wantsReply: (flags & moreToCome) === 0,
    command: { name, database: typeof database === 'string' ? database : 'admin', body, sequences },
  };
}

function split(message: Buffer, start: number, end: number): Buffer[] {
  const docs: Buffer[] = [];
  let at = start;
  while (at < end) {
    const size = message.readInt32LE(at);
    if (size < 5 || at + size > end) throw new CommandError(22, 'InvalidBSON: a document in a sequence does not fit');
    docs.push(message.subarray(at, at + size));
    at += size;
  }
  return docs;
}

/** Only commands (`db.$cmd`) come this way, as drivers' first greeting. */
function parseQuery(message: Buffer, id: number): Request {
  const nameEnd = message.indexOf(0, headerBytes + 4);
  const namespace = message.toString('utf8', headerBytes + 4, nameEnd);
  if (!namespace.endsWith('.$cmd')) throw new Error('OP_QUERY is only supported for commands');
  const outer = decode(message, nameEnd + 9);
  const inner = outer['$query'];
  const body = typeof inner === 'object' && inner !== null ? (inner as Doc) : outer;
  return {
    id,
    legacy: true,
    wantsReply: true,
    command: { name: Object.keys(body)[0] ?? '', database: namespace.slice(0, -5), body, sequences: new Map() },
  };
}

/** `ok` is a double on the wire, as MongoDB sends it. */
const withDoubleOk = (answer: Doc): Doc => ({ ...answer, ok: new Double(Number(answer['ok'])) });

const timeFields = (time: Timestamp): Buffer =>
  encode({
    operationTime: time,
    $clusterTime: { clusterTime: time, signature: { hash: new Binary(Buffer.alloc(20)), keyId: Long.ZERO } },
  });
const timeTemplate = timeFields(new Timestamp({ t: 0, i: 0 }));
const [operationTimeAt, clusterTimeAt] = timesIn(timeTemplate);

function timesIn(bytes: Buffer): [number, number] {
  const after = (name: string) => bytes.indexOf(`\x11${name}\0`) + name.length + 2;
  return [after('operationTime'), after('clusterTime')];
}

/** A reply with the time that drivers hand on between servers and sessions, as from a member of a replica set. */
function withTime(body: Buffer, time: Timestamp): Buffer {
  const bytes = Buffer.concat([body.subarray(0, -1), timeTemplate.subarray(4)]);
  const start = body.length - 1 - 4;
  for (const at of [operationTimeAt, clusterTimeAt]) {
    bytes.writeUInt32LE(time.i, start + at);
    bytes.writeUInt32LE(time.t, start + at + 4);
  }
  bytes.writeInt32LE(bytes.length, 0);
  return bytes;
}

export function encodeReply(request: Request, answer: Answer, id: number, time: Timestamp): Buffer {
  const body = withTime(answer instanceof CursorReply ? answer.encode() : encode(withDoubleOk(answer)), time);
  const head = Buffer.alloc(request.legacy ? headerBytes + 20 : headerBytes + 5);
  head.writeInt32LE(head.length + body.length, 0);
  head.writeInt32LE(id, 4);
  head.writeInt32LE(request.id, 8);
  head.writeInt32LE(request.legacy ? opReply : opMsg, 12);
  if (request.legacy) {
    head.writeInt32LE(8, headerBytes);
    head.writeInt32LE(1, headerBytes + 16);
  }
  return Buffer.concat([head, body]);
}
