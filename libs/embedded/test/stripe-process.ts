// A simulator as a process of its own, for a test that kills it: `node --import tools/ts.mjs stripe-process.ts DIR WEBHOOK-URL`.
import { startStripe } from '../src/stripe/index.js';
import { secretKey, webhookSecret } from './stripe-bench.js';

const [dataDir = '', webhookUrl = ''] = process.argv.slice(2);
void startStripe({ dataDir, webhookUrl, secretKey, webhookSecret, retryDelaysMs: [50] }).then(({ port }) =>
  process.stdout.write(`${port}\n`),
);
