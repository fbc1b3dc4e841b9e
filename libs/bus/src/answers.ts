import { once } from 'node:events';
import { connect } from 'node:net';

/** Whether something at `port` of this machine answers `greeting` with what `expected` recognises, within a second. */
export async function answers(port: number, greeting: string, expected: (answer: Buffer) => boolean): Promise<boolean> {
  const socket = connect({ host: '127.0.0.1', port });
  try {
    const signal = AbortSignal.timeout(1_000);
    await once(socket, 'connect', { signal });
    socket.write(greeting, 'latin1');
    const [answer]: Buffer[] = await once(socket, 'data', { signal });
    return answer !== undefined && expected(answer);
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
