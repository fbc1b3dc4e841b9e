import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { Host } from '../commands/command.js';
import { answer, isUnacknowledged } from '../commands/dispatch.js';
import { encodeReply, headerBytes, maxMessageBytes, parseMessage } from './messages.js';

let replies = 0;

/** The complete messages of a socket, one after the other; while one is handled, nothing more is read than the socket's buffer holds. */
async function* messages(socket: Socket): AsyncGenerator<Buffer> {
  let chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    for (;;) {
      if (length < 4) break;
      if ((chunks[0]?.length ?? 0) < 4) chunks = [Buffer.concat(chunks)];
      const size = chunks[0]?.readInt32LE(0) ?? 0;
      if (size < headerBytes || size > maxMessageBytes) throw new Error(`a message of ${size} bytes`);
      if (length < size) break;
      const all = chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
      yield all.subarray(0, size);
      const rest = all.subarray(size);
      chunks = rest.length > 0 ? [rest] : [];
      length = rest.length;
    }
  }
}

/** Serves one client until it leaves. Its commands run in order; a client that does not read its answers is not read from. */
export async function serve(socket: Socket, host: Host): Promise<void> {
  socket.setNoDelay(true);
  for await (const message of messages(socket)) {
    const request = parseMessage(message);
    const reply = await answer(request.command, host);
    if (!request.wantsReply || (!request.legacy && isUnacknowledged(request.command) && !request.wantsReply)) continue;
    const bytes = encodeReply(request, reply, ++replies, host.engine.clock.latest);
    if (!socket.write(bytes) && !socket.destroyed) await Promise.race([once(socket, 'drain'), once(socket, 'close')]);
  }
}
