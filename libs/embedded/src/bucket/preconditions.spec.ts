import { conditionalRead, conditionalWrite, requestedRange } from './preconditions.js';
import { S3Error, noSuchKey } from './s3-error.js';

const current = { etag: '"abc"', lastModified: new Date('2026-05-01T12:00:00.700Z') };
const headers = (values: Record<string, string>) => (name: string) => values[name];
const at = (seconds: number) => new Date(Date.parse('2026-05-01T12:00:00Z') + seconds * 1000).toUTCString();
const codeOf = (work: () => unknown) => {
  try {
    return work();
  } catch (error) {
    return error instanceof S3Error ? error.code : error;
  }
};

it.each<[Record<string, string>, string]>([
  [{}, 'send'],
  [{ 'if-none-match': '"abc"' }, 'not-modified'],
  [{ 'if-none-match': 'W/"x", "abc"' }, 'not-modified'],
  [{ 'if-none-match': '*' }, 'not-modified'],
  [{ 'if-none-match': '"x"', 'if-modified-since': at(60) }, 'send'],
  [{ 'if-modified-since': at(0) }, 'not-modified'],
  [{ 'if-modified-since': at(-1) }, 'send'],
  [{ 'if-modified-since': 'no date' }, 'send'],
  [{ 'if-match': '"abc"', 'if-unmodified-since': at(-60) }, 'send'],
  [{ 'if-match': 'abc' }, 'send'],
  [{ 'if-match': '"x"' }, 'PreconditionFailed'],
  [{ 'if-unmodified-since': at(-1) }, 'PreconditionFailed'],
  [{ 'if-unmodified-since': at(0) }, 'send'],
])('a read with %j ends in %s', (values, outcome) => {
  expect(codeOf(() => conditionalRead(headers(values), current))).toBe(outcome);
});

it.each<[Record<string, string>, boolean, string | undefined]>([
  [{ 'if-none-match': '*' }, false, undefined],
  [{ 'if-none-match': '*' }, true, 'PreconditionFailed'],
  [{ 'if-match': '"abc"' }, true, undefined],
  [{ 'if-match': '"x"' }, true, 'PreconditionFailed'],
  [{ 'if-match': '"abc"' }, false, 'NoSuchKey'],
])('a write with %j, when there is an object: %s, ends in %s', (values, there, outcome) => {
  const write = () => conditionalWrite(headers(values), there ? current : undefined, () => noSuchKey('k'));
  expect(codeOf(write)).toBe(outcome);
});

it.each<[string, number, unknown]>([
  ['bytes=0-0', 10, { start: 0, end: 0 }],
  ['bytes=0-', 10, { start: 0, end: 9 }],
  ['bytes=-1', 10, { start: 9, end: 9 }],
  ['bytes=-20', 10, { start: 0, end: 9 }],
  ['bytes=9-99', 10, { start: 9, end: 9 }],
  ['bytes=10-', 10, 'InvalidRange'],
  ['bytes=-0', 10, 'InvalidRange'],
  ['bytes=0-0', 0, 'InvalidRange'],
  ['bytes=5-4', 10, undefined],
  ['bytes=0-1,3-4', 10, undefined],
  ['items=0-1', 10, undefined],
  ['bytes=-', 10, undefined],
])('%s of %i bytes is %j', (range, size, outcome) => {
  expect(codeOf(() => requestedRange(headers({ range }), size, current))).toEqual(outcome);
});

it('a range is ignored when the object is not the one that If-Range names', () => {
  const ask = (ifRange: string) => requestedRange(headers({ range: 'bytes=0-1', 'if-range': ifRange }), 10, current);
  expect(ask('"abc"')).toEqual({ start: 0, end: 1 });
  expect(ask('"old"')).toBeUndefined();
});
