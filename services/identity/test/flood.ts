import { Platform } from './platform.js';

// What other routes take while 500 people sign in at once, again and again for ten seconds:
// node --import ./tools/ts.mjs --conditions=@lyceum/source services/identity/test/flood.ts [HASHES AT ONCE]
const AT_ONCE = 500;
const SECONDS = 10;
const quantile = (sorted: readonly number[], q: number) =>
  Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? 0);

const platform = new Platform();
await platform.start({ PASSWORD_HASHES_AT_ONCE: process.argv[2] ?? '' });
const { accessToken } = await platform.signedIn('meanwhile@example.com');

async function sampleUntil(isOver: () => boolean): Promise<void> {
  const times: number[] = [];
  while (!isOver()) {
    const begun = performance.now();
    await platform.request('GET', '/me', accessToken);
    times.push(performance.now() - begun);
  }
  const sorted = times.sort((a, b) => a - b);
  const [p50, p99, longest] = [0.5, 0.99, 1].map((q) => quantile(sorted, q));
  console.log(`GET /me: ${sorted.length} requests, p50 ${p50} ms, p99 ${p99} ms, longest ${longest} ms`);
}

const quiet = performance.now() + 3_000;
await sampleUntil(() => performance.now() > quiet);

const end = performance.now() + SECONDS * 1_000;
const answers = new Map<number, number>();
let network = 0;
async function flood(): Promise<void> {
  while (performance.now() < end)
    await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        network += 1;
        const from = { 'x-forwarded-for': `10.${(network >> 8) & 255}.${network & 255}.1` };
        const body = { email: `flood${network}@example.com`, password: 'not-the-password' };
        const { status } = await platform.post('/auth/sign-in', body, undefined, from);
        answers.set(status, (answers.get(status) ?? 0) + 1);
      }),
    );
}
let over = false;
await Promise.all([flood().finally(() => (over = true)), sampleUntil(() => over)]);
console.log('sign-ins:', Object.fromEntries(answers));
await platform.close();
