import { reactionsOf } from '@lyceum/bus';
import type { Envelope } from '@lyceum/contracts';
import type { ServiceDefinition } from '@lyceum/host';
import { definitions } from '../src/definitions.js';
import { environmentOf, serviceNames } from '../src/environment.js';
import { newSecrets } from '../src/secrets.js';
import { type StandIns, startStandIns } from '../src/stand-ins.js';
import { type Outcome, outcomeOf } from './disorder/replay.js';
import { writeStory } from './disorder/recorder.js';
import { type Story, readStory, storyFile } from './disorder/story.js';

/** DISORDER_SEEDS=20 tries that many; DISORDER_SEED=7 exactly that one. */
const one = process.env['DISORDER_SEED'];
const seeds = one ? [Number(one)] : Array.from({ length: Number(process.env['DISORDER_SEEDS'] ?? 2) }, (_, n) => n + 1);

jest.setTimeout(120_000);

/** Each message one to five times (or, for an even seed, once), all of them shuffled; the same for the same seed. */
function disordered(messages: readonly Envelope[], seed: number): Envelope[] {
  let state = seed * 2_654_435_761;
  const below = (limit: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
  const deck = messages.flatMap((message) => Array.from({ length: seed % 2 === 0 ? 1 : 1 + below(5) }, () => message));
  for (let last = deck.length - 1; last > 0; last -= 1) {
    const other = below(last + 1);
    const [a, b] = [deck[last], deck[other]];
    if (a && b) [deck[last], deck[other]] = [b, a];
  }
  return deck;
}

const typesHeardBy = ({ reactions }: ServiceDefinition): ReadonlySet<string> =>
  new Set(reactions ? reactionsOf(reactions).map(({ type }) => type) : []);

if (process.env['DISORDER_RECORD'])
  test('the story is recorded anew', async () => {
    await writeStory(storyFile);
    expect((await readStory()).events.length).toBeGreaterThan(50);
  });

describe('repetition and disorder of messages are harmless', () => {
  let story: Story;
  let standIns: StandIns;
  let env: Record<string, string>;

  beforeAll(async () => {
    story = await readStory();
    const secrets = await newSecrets();
    const publicUrl = 'http://localhost:4000';
    standIns = await startStandIns({ secrets, publicUrl, ports: { mailbox: 0, stripe: 0, bucket: 0 } });
    const ports = Object.fromEntries(serviceNames.map((name) => [name, 1])) as Record<
      (typeof serviceNames)[number],
      number
    >;
    const admin = { email: 'admin@lyceum.example', password: 'quiet mountains of paper' };
    const { JWKS_URL: _, JWT_ISSUER: __, ...rest } = environmentOf({ secrets, standIns, publicUrl, ports, admin });
    env = { ...rest, NOTIFY_SEALING_PRIVATE_KEY: story.sealingPrivateKey };
  }, 60_000);
  afterAll(async () => {
    await standIns.close();
  });

  const listeners = Object.values(definitions).filter((service) => service.reactions !== undefined);
  const inOrder = new Map<string, Promise<Outcome>>();

  describe.each(listeners.map((service) => [service.name, service] as const))('%s', (name, service) => {
    const run = (messages: readonly Envelope[]) => outcomeOf(service, { env, now: story.end }, messages);

    it.each(seeds)('is left with the same, seed %i', async (seed) => {
      const types = typesHeardBy(service);
      const messages = story.events.filter(({ type }) => types.has(type));
      expect(messages.length).toBeGreaterThan(5);
      const ordered = inOrder.get(name) ?? run(messages);
      inOrder.set(name, ordered);
      expect(await run(disordered(messages, seed))).toEqual(await ordered);
    });
  });
});
