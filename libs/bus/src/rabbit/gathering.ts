import { Socket } from 'node:net';

/**
 * Lets frames that are written in one moment leave with one system call: the library writes each on its own, and without
 * Nagle's delay each would be a packet. Nothing waits longer: the socket is flushed when the writer has returned.
 */
export function gatherWrites({ connection }: { readonly connection: object }): void {
  if (!('stream' in connection) || !(connection.stream instanceof Socket)) return; // the library has changed
  const socket = connection.stream;
  const write = socket.write.bind(socket);
  const flush = (): void => socket.uncork();
  const gathering = (...made: Parameters<typeof write>): boolean => {
    if (socket.writableCorked === 0) {
      socket.cork();
      process.nextTick(flush);
    }
    return write(...made);
  };
  Object.defineProperty(socket, 'write', { value: gathering, configurable: true, writable: true });
}
