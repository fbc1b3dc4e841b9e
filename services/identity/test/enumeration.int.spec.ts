import { newId } from '@lyceum/kernel';
import type { Answer } from '@lyceum/testing';
import { register } from '../src/accounts/account.js';
import { AccountsStore } from '../src/accounts/accounts.store.js';
import { PasswordHasher } from '../src/passwords/password-hasher.js';
import { type Comparison, compare, isAlike } from './alike.js';
import { PASSWORD, Platform, person } from './platform.js';

/** Of each kind in a round; ENUMERATION_SAMPLES=200 is the long form. */
const SAMPLES = Number(process.env['ENUMERATION_SAMPLES'] ?? 24);
/** A leak shows in every round, what else the machine does not in all of them. */
const ROUNDS = 4;
type Kind = 'somebody' | 'nobody';
type Ask = (email: string, from: string) => Promise<Answer>;

jest.setTimeout(1_800_000);

describe('a stranger', () => {
  const platform = new Platform();
  let network = 0;
  let hash = '';
  beforeAll(async () => {
    await platform.start();
    hash = await platform.service.service.app.get(PasswordHasher).hash(PASSWORD);
  }, 60_000);
  afterAll(() => platform.close(), 30_000);

  const asks: Record<string, Ask> = {
    'signing in': (email, from) => post('/auth/sign-in', { email, password: 'not-the-password' }, from),
    registering: (email, from) => post('/auth/register', person(email), from),
    'asking for another link': (email, from) => post('/auth/resend-verification', { email }, from),
    'asking for a new password': (email, from) => post('/auth/forgot-password', { email }, from),
  };
  const post = (path: string, body: object, from: string) =>
    platform.post(path, body, undefined, { 'x-forwarded-for': from });

  /** Addresses of a kind that nobody has asked about yet. */
  async function addresses(kind: Kind, count: number): Promise<string[]> {
    const emails = Array.from({ length: count }, () => `${kind}-${newId()}@example.com`);
    if (kind === 'nobody') return emails;
    const accounts = platform.service.service.app.get(AccountsStore);
    for (const email of emails) {
      const { id, token } = { id: newId(), token: { hash: newId(), sealed: 'sealed' } };
      const { password: _, ...about } = { ...person(email), role: 'STUDENT' as const };
      await accounts.change(id, () => register({ ...about, id, passwordHash: hash }, token, platform.clock.now()));
    }
    platform.clock.advance(120_000); // so that another mail may be sent
    return emails;
  }

  async function round(ask: Ask): Promise<Comparison> {
    const waiting = { somebody: await addresses('somebody', SAMPLES), nobody: await addresses('nobody', SAMPLES) };
    const times: Record<Kind, number[]> = { somebody: [], nobody: [] };
    const time = async (kind: Kind) => {
      const email = waiting[kind].pop() ?? '';
      const from = addressOf((network += 1));
      const begun = performance.now();
      await ask(email, from);
      times[kind].push(performance.now() - begun);
    };
    // always one of each together: both see the same machine
    const pairs: readonly (readonly Kind[])[] = [
      ['somebody', 'nobody'],
      ['nobody', 'somebody'],
    ];
    for (let n = 0; n < SAMPLES; n += 1) await Promise.all((pairs[n % 2] ?? []).map(time));
    return compare(times.somebody, times.nobody);
  }

  describe.each(Object.entries(asks))('%s', (what, ask) => {
    it('gets the same status, headers and body whether an address has an account or not', async () => {
      const [somebody = '', nobody = ''] = [...(await addresses('somebody', 1)), ...(await addresses('nobody', 1))];
      const seen = [await ask(somebody, addressOf((network += 1))), await ask(nobody, addressOf((network += 1)))];
      expect(visible(seen[0])).toEqual(visible(seen[1]));
    });

    it('gets it after the same time', async () => {
      const rounds: Comparison[] = [];
      while (rounds.length < ROUNDS && !rounds.some(isAlike)) rounds.push(await round(ask));
      console.log(`${what}: ${rounds.map(tell).join('; ')}`);
      expect(rounds.some(isAlike)).toBe(true);
    });
  });
});

const addressOf = (n: number): string => `10.${(n >> 8) & 255}.${n & 255}.1`; // each in a network of its own

const tell = ({ difference, error, chance }: Comparison): string =>
  `medians ${difference.toFixed(1)} ms apart (error ${error.toFixed(1)}), p ${chance.toFixed(3)}`;

/** What a stranger sees, without what is new in every answer. */
function visible(answer: Answer | undefined): unknown {
  if (!answer) throw new Error('no answer');
  const { status, body, headers } = answer;
  const names = [...headers].filter(([name]) => !['date', 'x-request-id'].includes(name));
  const told = typeof body === 'object' ? { ...body, instance: '', requestId: '' } : body;
  return { status, headers: names, body: told };
}
