import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { Stripe, course, eventually, press, receiver, scratch, secretKey } from './stripe-bench.js';

const started: ChildProcess[] = [];
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});

async function start(dataDir: string, webhookUrl: string) {
  const loader = resolve(__dirname, '../../../tools/ts.mjs');
  const child = spawn(
    'node',
    ['--conditions', '@lyceum/source', '--import', loader, join(__dirname, 'stripe-process.ts'), dataDir, webhookUrl],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  started.push(child);
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const port = Number(line.toString());
  const stripe = new Stripe(secretKey, { host: '127.0.0.1', port, protocol: 'http', maxNetworkRetries: 0 });
  return { child, stripe, payPage: (id: string) => ({ url: `http://127.0.0.1:${port}/pay/${id}` }) };
}

test('killed in the middle of its work, it loses no answered call and no webhook', async () => {
  const dataDir = scratch();
  const merchant = await receiver();
  const paid: string[] = [];
  try {
    for (const answersBeforeTheKill of [3, 20, 45]) {
      const { child, stripe, payPage } = await start(dataDir, merchant.url);
      const enough = paid.length + answersBeforeTheKill;
      const buy = async () => {
        while (paid.length < enough) {
          const session = await stripe.checkout.sessions.create(course());
          if ((await press(payPage(session.id))).status === 303) paid.push(session.id);
        }
      };
      const buyers = Promise.allSettled(Array.from({ length: 6 }, buy));
      await eventually(() => expect(paid.length).toBeGreaterThanOrEqual(enough));
      child.kill('SIGKILL');
      await once(child, 'exit');
      await buyers;
    }
    const { stripe } = await start(dataDir, merchant.url);
    for (const id of paid)
      expect(await stripe.checkout.sessions.retrieve(id)).toMatchObject({ status: 'complete', payment_status: 'paid' });
    await eventually(() => {
      const announced = new Set(
        merchant.received.flatMap(({ event }) =>
          event.type === 'checkout.session.completed' ? [event.data.object.id] : [],
        ),
      );
      expect(paid.filter((id) => !announced.has(id))).toEqual([]);
    }, 10_000);
  } finally {
    await merchant.close();
  }
}, 30_000);
