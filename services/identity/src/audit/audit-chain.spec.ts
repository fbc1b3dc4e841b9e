import { createHash } from 'node:crypto';
import { BEGINNING, type Content, type Entry, chained, follow, hashOf, moved } from './audit-chain.js';

const at = new Date('2026-11-20T09:00:00Z');
const content = (n: number, more: Partial<Content> = {}): Content => ({
  id: `e${n}`,
  at,
  action: 'signed-in',
  actor: 'ada',
  target: 'ada',
  facts: { n },
  ...more,
});
const chain = chained(
  BEGINNING,
  [1, 2, 3, 4, 5].map((n) => content(n)),
);
const changedAt = (index: number, more: Partial<Entry>): Entry[] =>
  chain.map((entry, place) => (place === index ? { ...entry, ...more } : entry));

describe('the chain', () => {
  it('numbers the entries from 1, and each has the hash before it in its own', () => {
    expect(chain.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5]);
    expect(chain.map(({ prevHash }) => prevHash)).toEqual([
      BEGINNING.hash,
      ...chain.slice(0, 4).map(({ hash }) => hash),
    ]);
    expect(follow(BEGINNING, chain)).toEqual({ last: { seq: 5, hash: chain[4]?.hash } });
  });

  it('has the hash that anybody can compute', () => {
    const text = `{"action":"signed-in","actor":"ada","at":"2026-11-20T09:00:00.000Z","facts":{"n":1},"id":"e1","prevHash":"${'0'.repeat(64)}","seq":1,"target":"ada"}`;
    expect(chain[0]?.hash).toBe(createHash('sha256').update(text).digest('hex'));
    expect(chain[0]?.hash).toBe('3407571cd5fa3f77f60dab82d59403f0009b66e0f353c1b216c694411a0c6a14');
    expect(hashOf({ ...content(1), seq: 1, prevHash: BEGINNING.hash })).toBe(chain[0]?.hash);
  });

  it.each<[string, Partial<Entry>]>([
    ['action', { action: 'signed-out' }],
    ['actor', { actor: 'bob' }],
    ['target', { target: undefined }],
    ['reason', { reason: 'none' }],
    ['time', { at: new Date(0) }],
    ['facts', { facts: { n: 4 } }],
    ['hash', { hash: '0'.repeat(64) }],
  ])('shows which entry has another %s', (_, more) => {
    expect(follow(BEGINNING, changedAt(2, more)).broken).toEqual({ problem: 'changed-entry', seq: 3 });
  });

  it('shows an entry that was changed and given its hash anew: the next one hangs on another', () => {
    const forged = { ...content(3, { actor: 'bob' }), seq: 3, prevHash: chain[1]?.hash ?? '' };
    const broken = follow(BEGINNING, changedAt(2, { ...forged, hash: hashOf(forged) })).broken;
    expect(broken).toEqual({ problem: 'changed-entry', seq: 3 });
  });

  it('shows which entry is missing', () => {
    const { last, broken } = follow(BEGINNING, chain.toSpliced(1, 1));
    expect([last.seq, broken]).toEqual([1, { problem: 'missing-entry', seq: 2 }]);
  });

  it('shows two that have changed places', () => {
    const [one, two, three, four] = chain as [Entry, Entry, Entry, Entry, Entry];
    const swapped = [one, { ...three, seq: 2 }, { ...two, seq: 3 }, four];
    const { last, broken } = follow(BEGINNING, swapped);
    if (!broken) throw new Error('not noticed');
    const successor = swapped.find(({ prevHash }) => prevHash === last.hash);
    expect(moved(broken, last, successor)).toEqual({ problem: 'moved-entry', seq: 2 });
    expect(moved(broken, last, undefined)).toBe(broken);
  });

  it('neutralises what comes from outside, and keeps addresses out of reasons', () => {
    const reason = 'ok\r\n{"seq":9}\u001b[31m\u009b\u2028\u202e \ud800 seen with ada@example.com, <bob@example.com>';
    const [entry] = chained(BEGINNING, [content(1, { reason, facts: { why: 'a\nb', all: ['c\u001bd'] } })]);
    expect(entry?.reason).toBe(
      'ok\\u000d\\u000a{"seq":9}\\u001b[31m\\u009b\\u2028\\u202e \\ud800 seen with [address], <[address]>',
    );
    expect(entry?.facts).toEqual({ why: 'a\\u000ab', all: ['c\\u001bd'] });
    expect(follow(BEGINNING, entry ? [entry] : []).broken).toBeUndefined();
  });
});
