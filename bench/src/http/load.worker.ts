import { quantile } from '../statistics.js';
import { work } from '../workers.js';
import { Line } from './line.js';

export interface Load {
  readonly origin: string;
  readonly path: string;
  /** Connections; each asks again as soon as it is answered. */
  readonly width: number;
  readonly ms: number;
}
export interface Measured {
  readonly requests: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
}

const asked = {
  /** Throws for an answer that is not 200. */
  load: async ({ origin, path, width, ms }: Load): Promise<Measured> => {
    const lines = await Promise.all(Array.from({ length: width }, () => Line.to(origin)));
    const took: number[] = [];
    const began = performance.now();
    await Promise.all(
      lines.map(async (line) => {
        for (let now = performance.now(); now - began < ms;) {
          const { status, body } = await line.get(path);
          if (status !== 200) throw new Error(`${origin}${path} answers ${status}: ${body.toString()}`);
          const done = performance.now();
          took.push(done - now);
          now = done;
        }
      }),
    ).finally(() => {
      for (const line of lines) line.close();
    });
    const perSecond = (took.length / (performance.now() - began)) * 1_000;
    return { requests: took.length, perSecond, p50: quantile(took, 0.5), p99: quantile(took, 0.99) };
  },
};
export type LoadGenerator = typeof asked;
work(asked);
