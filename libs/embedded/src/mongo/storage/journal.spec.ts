import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { entriesOf, entryKinds, frame, readFrames } from './frames.js';
import { Journal } from './journal.js';

const entry = (text: string) => ({ kind: entryKinds.put, collection: 3, record: 7, content: Buffer.from(text) });

describe('frames', () => {
  it('give back what was put in, up to the first damage', () => {
    const bytes = Buffer.concat([frame([entry('a'), entry('b')]), frame([entry('c')])]);
    expect(
      readFrames(bytes, 0).payloads.map((payload) => entriesOf(payload).map(({ content }) => content.toString())),
    ).toEqual([['a', 'b'], ['c']]);
    bytes[bytes.length - 1] = 0;
    expect(readFrames(bytes, 0).payloads).toHaveLength(1);
  });
});

describe('the log', () => {
  const directory = mkdtempSync(join(tmpdir(), 'journal-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it('writes what comes together with one fsync and tells each writer when it is safe', async () => {
    const file = join(directory, 'together');
    const journal = await Journal.open(file, undefined, 'always');
    await Promise.all(['a', 'b', 'c'].map((text) => journal.append(frame([entry(text)]), () => undefined)));
    expect(journal.syncs).toBe(1);
    expect(readFrames(readFileSync(file), 8).payloads).toHaveLength(3);
    await journal.close();
  });

  it('that cannot be written undoes everything in reverse order and refuses', async () => {
    const journal = await Journal.open('/dev/full', 0, 'always');
    const undone: string[] = [];
    const results = await Promise.allSettled(
      ['a', 'b', 'c'].map((text) => journal.append(frame([entry(text)]), () => undone.push(text))),
    );
    expect(undone).toEqual(['c', 'b', 'a']);
    expect(results.map((result) => result.status === 'rejected' && result.reason)).toMatchObject([
      { code: 14031 },
      { code: 14031 },
      { code: 14031 },
    ]);
    await journal.close();
  });

  it('leaves nothing behind of a group that got only in part to a full disk, and is written again when there is room', async () => {
    const file = join(directory, 'partly');
    const journal = await Journal.open(file, undefined, 'always');
    const [first, second, third] = ['first', 'second', 'third'].map((text) => frame([entry(text)]));
    if (!first || !second || !third) throw new Error('three frames are needed');
    await journal.append(first, () => undefined);
    const probe = await open(file, 'r');
    const handles = Object.getPrototypeOf(probe) as FileHandle;
    await probe.close();

    const full = Object.assign(new Error('no space left'), { code: 'ENOSPC' });
    const cutting = jest.spyOn(handles, 'truncate').mockRejectedValueOnce(full);
    const writing = jest.spyOn(handles, 'write').mockImplementationOnce(() => {
      // the whole second frame and a part of the third
      appendFileSync(file, Buffer.concat([second, third.subarray(0, 9)]));
      return Promise.reject(full);
    });
    const refused = await Promise.allSettled([second, third].map((bytes) => journal.append(bytes, () => undefined)));
    expect(refused.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(writing).toHaveBeenCalledTimes(1);
    expect(cutting).toHaveBeenCalledTimes(1);
    jest.restoreAllMocks();

    // shorter than what lies there: what was refused would follow it
    const short = frame([entry('!')]);
    await journal.append(short, () => undefined);
    const { payloads, end } = readFrames(readFileSync(file), 8);
    expect(payloads.map((payload) => entriesOf(payload).map(({ content }) => content.toString()))).toEqual([
      ['first'],
      ['!'],
    ]);
    expect(end).toBe(statSync(file).size);
    await journal.close();
  });
});
