import { type Readable, Transform, finished } from 'node:stream';
import { refusals } from './refusals.js';

/**
 * A body, which fails with `http.body-too-large` when more than `limit` bytes have come. Whoever sends it on may destroy it:
 * the client's own stream stays whole, so that the client can be answered.
 */
export function limited(body: Readable, limit: number): Readable {
  let seen = 0;
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      seen += chunk.length;
      if (seen > limit) done(refusals.bodyTooLarge());
      else done(null, chunk);
    },
  });
  finished(body, (error) => {
    if (error) counted.destroy(error);
  });
  return body.pipe(counted);
}
