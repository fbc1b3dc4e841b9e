import type { Faults as StripeFaults } from '@lyceum/embedded/stripe';
import { serviceNames } from '../environment.js';
import { Chance } from './chance.js';

export const instances = [1, 2] as const;
export const processNames = [...serviceNames, 'edge'] as const;
export type ProcessName = (typeof processNames)[number];
export type Instance = `${ProcessName}/${1 | 2}`;
export const servers = ['broker', 'database', 'cache'] as const;
export type Server = (typeof servers)[number];
/** What can be killed and frozen. */
export type Victim = Instance | Server;
/** What can be cut or slowed: all connections to a server, or to both instances of a service. */
export type Link = Server | ProcessName;

export type Fault =
  | { readonly kind: 'kill'; readonly victims: readonly Victim[] }
  | { readonly kind: 'freeze'; readonly victim: Victim; readonly forMs: number }
  | { readonly kind: 'cut'; readonly link: Link }
  | { readonly kind: 'slow'; readonly link: Link; readonly byMs: number; readonly forMs: number }
  | { readonly kind: 'fill the disk'; readonly forMs: number };

export interface PlannedFault {
  /** Since the load began, ms. */
  readonly at: number;
  readonly fault: Fault;
}

export interface PlannedPurchase {
  readonly at: number;
  readonly learner: number;
  readonly course: number;
}

/** All that a run does, decided by its seed alone. */
export interface Plan {
  readonly learners: number;
  readonly courses: number;
  readonly purchases: readonly PlannedPurchase[];
  readonly faults: readonly PlannedFault[];
  readonly stripe: StripeFaults;
  /** How long a mail, or the handling of a webhook, is one instance's own: longer than the longest freeze. */
  readonly leaseMs: number;
  /** How long after the last fault the last purchase may take. */
  readonly patienceMs: number;
  /** When nothing waits any more: until every instance has counted again. */
  readonly settleMs: number;
}

export const sizes = ['short', 'usual', 'long'] as const;
export type Size = (typeof sizes)[number];

const second = 1_000;

/** What a run of this size and seed does. */
export function planOf(size: Size, seed: number): Plan {
  const chance = new Chance(seed);
  if (size === 'short') return short(chance);
  return size === 'usual' ? usual(chance) : long(chance);
}

function short(chance: Chance): Plan {
  const loadMs = 54 * second;
  // those that may leave work under a lease come first: it is taken over when the lease is over, and the run is short
  const early: Fault[] = [
    killOne(chance, 'billing'),
    killOne(chance, 'notify'),
    { kind: 'kill', victims: ['database'] },
    { kind: 'kill', victims: ['broker'] },
    { kind: 'fill the disk', forMs: 4 * second },
  ];
  const later: Fault[] = [
    ...processNames.filter((name) => name !== 'billing' && name !== 'notify').map((name) => killOne(chance, name)),
    { kind: 'kill', victims: ['cache'] },
    { kind: 'freeze', victim: oneOf(chance, chance.pick(['enrollment', 'progress', 'billing'])), forMs: 6 * second },
    { kind: 'cut', link: 'broker' },
    { kind: 'cut', link: 'database' },
    { kind: 'cut', link: chance.pick(processNames) },
    { kind: 'slow', link: 'database', byMs: 40, forMs: 4 * second },
  ];
  return {
    learners: 10,
    courses: 4,
    purchases: purchasesOf(chance, { learners: 10, courses: 4, loadMs }),
    faults: evenly([...chance.shuffled(early), ...chance.shuffled(later)], 2 * second, loadMs - 2 * second, chance),
    stripe: { duplicates: 1, shuffle: true },
    leaseMs: 12 * second,
    patienceMs: 90 * second,
    settleMs: 7 * second,
  };
}

function usual(chance: Chance): Plan {
  const loadMs = 320 * second;
  const faults: Fault[] = [
    ...processNames.map((name) => killOne(chance, name)),
    ...processNames.map((name): Fault => ({ kind: 'kill', victims: [`${name}/1`, `${name}/2`] })),
    ...times(3, (): Fault => ({ kind: 'kill', victims: ['broker'] })),
    ...times(3, (): Fault => ({ kind: 'kill', victims: ['database'] })),
    ...times(2, (): Fault => ({ kind: 'kill', victims: ['cache'] })),
    { kind: 'freeze', victim: oneOf(chance, 'billing'), forMs: 30 * second },
    { kind: 'freeze', victim: oneOf(chance, chance.pick(['enrollment', 'progress', 'notify'])), forMs: 30 * second },
    { kind: 'freeze', victim: 'broker', forMs: 10 * second },
    { kind: 'freeze', victim: 'database', forMs: 10 * second },
    ...(['broker', 'database', 'cache', 'billing', 'enrollment', 'edge'] as const).map((link): Fault => ({
      kind: 'cut',
      link,
    })),
    { kind: 'slow', link: 'database', byMs: 60, forMs: 10 * second },
    { kind: 'slow', link: 'broker', byMs: 200, forMs: 10 * second },
    ...times(2, (): Fault => ({ kind: 'fill the disk', forMs: 8 * second })),
  ];
  return {
    learners: 30,
    courses: 10,
    purchases: purchasesOf(chance, { learners: 30, courses: 10, loadMs }),
    faults: evenly(chance.shuffled(faults), 3 * second, loadMs, chance),
    stripe: { duplicates: 1, shuffle: true, dropEvery: 5, apiLoseEvery: 11 },
    leaseMs: 45 * second,
    patienceMs: 180 * second,
    settleMs: 15 * second,
  };
}

/** kill -9 at 100 random points: services 40, broker 30, database 30. */
function long(chance: Chance): Plan {
  const loadMs = 900 * second;
  const faults: Fault[] = [
    ...times(40, () => killOne(chance, chance.pick(processNames))),
    ...times(30, (): Fault => ({ kind: 'kill', victims: ['broker'] })),
    ...times(30, (): Fault => ({ kind: 'kill', victims: ['database'] })),
  ];
  return {
    learners: 50,
    courses: 10,
    purchases: purchasesOf(chance, { learners: 50, courses: 10, loadMs }),
    faults: faults.map((fault) => ({ at: chance.below(loadMs), fault })).sort((a, b) => a.at - b.at),
    stripe: { duplicates: 1, shuffle: true, dropEvery: 5, apiLoseEvery: 11 },
    leaseMs: 45 * second,
    patienceMs: 240 * second,
    settleMs: 15 * second,
  };
}

const oneOf = (chance: Chance, name: ProcessName): Instance => `${name}/${chance.pick(instances)}`;
const killOne = (chance: Chance, name: ProcessName): Fault => ({ kind: 'kill', victims: [oneOf(chance, name)] });
const times = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make);

/** Every learner buys every course, in any order, evenly over the time. */
function purchasesOf(
  chance: Chance,
  { learners, courses, loadMs }: { learners: number; courses: number; loadMs: number },
): PlannedPurchase[] {
  const pairs = Array.from({ length: learners * courses }, (_, n) => ({
    learner: n % learners,
    course: Math.floor(n / learners),
  }));
  const gap = loadMs / pairs.length;
  return chance.shuffled(pairs).map((pair, n) => ({ ...pair, at: Math.round((n + chance.next()) * gap) }));
}

function evenly(faults: readonly Fault[], from: number, to: number, chance: Chance): PlannedFault[] {
  const gap = (to - from) / faults.length;
  return faults.map((fault, n) => ({ at: Math.round(from + (n + chance.next() * 0.8) * gap), fault }));
}

/** `kill -9 billing/2`, as the timeline shows it. */
export function wording(fault: Fault): string {
  switch (fault.kind) {
    case 'kill':
      return `kill -9 ${fault.victims.join(' and ')}`;
    case 'freeze':
      return `freeze ${fault.victim} for ${fault.forMs / second} s`;
    case 'cut':
      return `cut all connections to ${fault.link}`;
    case 'slow':
      return `slow everything to and from ${fault.link} by ${fault.byMs} ms for ${fault.forMs / second} s`;
    case 'fill the disk':
      return `fill the disk of the database for ${fault.forMs / second} s`;
  }
}
