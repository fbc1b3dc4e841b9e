import { appendFileSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Entry, Journal } from './journal.js';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'lyceum-journal-'));
});

const change = (name: string): Entry[] => [['customer', 'c', { name }]];
const reopened = () => {
  const journal = new Journal(dir);
  const read = journal.read();
  return { journal, read };
};

test('what was appended is read again in order', () => {
  const { journal } = reopened();
  journal.append(change('Ada'));
  journal.append(change('Grace 🌊'));
  journal.close();
  expect(reopened().read).toEqual([change('Ada'), change('Grace 🌊')]);
});

test('cut off at any byte, it opens again with every whole line, and goes on', () => {
  const { journal } = reopened();
  for (const name of ['Ada', 'Grace 🌊', 'Edsger']) journal.append(change(name));
  journal.close();
  const whole = readFileSync(join(dir, 'journal.jsonl'));
  for (let length = 0; length <= whole.length; length += 1) {
    writeFileSync(join(dir, 'journal.jsonl'), whole.subarray(0, length));
    const lines = whole.subarray(0, length).toString('latin1').split('\n').length - 1;
    const { journal: cut, read } = reopened();
    expect(read).toHaveLength(lines);
    cut.append(change('Barbara'));
    cut.close();
    const after = reopened();
    after.journal.close();
    expect(after.read).toHaveLength(lines + 1);
  }
});

test('compacted, it holds the present only, and takes further changes', () => {
  const { journal } = reopened();
  for (let i = 0; i < 100; i += 1) journal.append(change(String(i)));
  journal.compact(change('99'));
  journal.append(change('100'));
  journal.close();
  expect(reopened().read).toEqual([change('99'), change('100')]);
});

test('damage in the middle is named instead of being skipped', () => {
  const { journal } = reopened();
  journal.append(change('Ada'));
  journal.close();
  appendFileSync(join(dir, 'journal.jsonl'), 'garbage\n');
  expect(reopened).toThrow(/journal\.jsonl: line 2 is damaged/);
});
