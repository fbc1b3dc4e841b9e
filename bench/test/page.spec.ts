import { markdownOf, withParts } from '../src/page.js';

const section = {
  name: 'edge',
  title: 'A read',
  about: 'How.',
  columns: ['', 'requests/s'],
  rows: [['through | the edge', '1,000']],
  goals: [
    { what: 'one', reached: 0.8, target: 0.75 },
    { what: 'two', reached: 0.5, target: 0.6 },
  ],
};

describe('the page of results', () => {
  const page = 'Intro.\n\n<!-- bench:edge -->\nold\n<!-- /bench:edge -->\n\n## Notes\n\nWritten by hand.\n';

  it('gets new results in the place of the old ones, and keeps what was written by hand', () => {
    expect(withParts(page, new Map([['edge', 'new']]))).toBe(page.replace('\nold\n', '\n\nnew\n\n'));
  });

  it('is the same when the same results are written again', () => {
    const once = withParts(page, new Map([['edge', 'new']]));
    expect(withParts(once, new Map([['edge', 'new']]))).toBe(once);
  });

  it('gets a section that it never had behind the others and before the notes', () => {
    const grown = withParts(page, new Map([['change', 'first']]));
    const places = ['old', 'first', 'Written by hand.'].map((text) => grown.indexOf(text));
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(places).not.toContain(-1);
  });

  it('says of every target whether it was reached', () => {
    const text = markdownOf(section);
    expect(text).toContain('one at least 0.75: 0.80, reached.');
    expect(text).toContain('two at least 0.6: 0.50, **not reached**.');
  });

  it('keeps its tables whole whatever a cell holds', () => {
    expect(markdownOf(section)).toContain('| through \\| the edge | 1,000 |');
  });
});
