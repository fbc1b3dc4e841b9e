import { Kept } from './kept.js';

describe('what is kept at hand', () => {
  const loads: string[] = [];
  const load = (id: string, value: string | undefined = `value of ${id}`) => {
    return () => {
      loads.push(id);
      return Promise.resolve(value);
    };
  };
  beforeEach(() => loads.splice(0));

  it('is loaded once, also for those who ask at the same time', async () => {
    const kept = new Kept<string>(10);
    const both = await Promise.all([kept.get('a', load('a')), kept.get('a', load('a'))]);
    expect([...both, await kept.get('a', load('a'))]).toEqual(['value of a', 'value of a', 'value of a']);
    expect(loads).toEqual(['a']);
  });

  it('makes room by forgetting what was not read for longest', async () => {
    const kept = new Kept<string>(2);
    for (const id of ['a', 'b', 'a', 'c', 'a', 'b']) await kept.get(id, load(id));
    expect(loads).toEqual(['a', 'b', 'c', 'b']);
  });

  it('is loaded anew when its time is over', async () => {
    let now = 0;
    const kept = new Kept<string>(10, 5_000, () => now);
    await kept.get('a', load('a'));
    now = 4_999;
    await kept.get('a', load('a'));
    now = 5_000;
    await kept.get('a', load('a'));
    expect(loads).toEqual(['a', 'a']);
  });

  it('never remembers that something was not there, or could not be loaded', async () => {
    const kept = new Kept<string>(10);
    expect(await kept.get('a', () => Promise.resolve(undefined))).toBeUndefined();
    await expect(kept.get('a', () => Promise.reject(new Error('away')))).rejects.toThrow('away');
    expect(await kept.get('a', load('a'))).toBe('value of a');
  });
});
