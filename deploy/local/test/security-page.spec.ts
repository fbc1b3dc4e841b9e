import { readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';

const root = join(__dirname, '../../..');
const page = readFileSync(join(root, 'docs/security.md'), 'utf8');

/** Of OWASP ASVS 5.0.0, levels 1 and 2: section -> how many requirements from the first on; single numbers where level 3 lies between. */
const asked: Readonly<Record<string, number>> = {
  '6.1': 3,
  '6.2': 12,
  '6.3': 4,
  '6.4': 4,
  '6.5': 5,
  '6.6': 3,
  '6.8': 4,
  '7.1': 3,
  '7.2': 4,
  '7.3': 2,
  '7.4': 5,
  '7.5': 2,
  '7.6': 2,
  '8.1': 2,
  '8.2': 3,
  '8.3': 1,
  '8.4': 1,
  '9.1': 3,
  '9.2': 4,
  '10.1': 2,
  '10.2': 2,
  '10.3': 4,
  '10.4': 11,
  '10.5': 5,
  '10.6': 2,
  '10.7': 3,
  '11.1': 2,
  '11.2': 3,
  '11.3': 3,
  '11.4': 4,
  '11.5': 1,
  '11.6': 1,
  '14.1': 2,
  '14.2': 4,
  '14.3': 3,
  '16.1': 1,
  '16.2': 5,
  '16.3': 4,
  '16.4': 3,
  '16.5': 3,
};

/** `sessions.int` or `session.spec` -> the texts of the files that are called so. */
function tests(): Map<string, string[]> {
  const found = new Map<string, string[]>();
  const projects = ['libs', 'services'].flatMap((kind) =>
    readdirSync(join(root, kind)).map((name) => join(root, kind, name)),
  );
  for (const project of [...projects, join(root, 'deploy/local')])
    for (const part of ['src', 'test', 'stories'])
      for (const file of filesBelow(join(project, part)).filter((each) => each.endsWith('.spec.ts'))) {
        const name = basename(file, '.ts').replace(/\.int\.spec$/, '.int');
        found.set(name, [...(found.get(name) ?? []), readFileSync(file, 'utf8')]);
      }
  return found;
}

function filesBelow(directory: string): string[] {
  try {
    return readdirSync(directory, { recursive: true, encoding: 'utf8' }).map((name) => join(directory, name));
  } catch {
    return []; // not every project has all of them
  }
}

/** Cells of the rows of all tables with a column for tests. */
const rows = page
  .split('\n')
  .filter((line) => line.startsWith('| '))
  .map((line) =>
    line
      .slice(1, -1)
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim()),
  )
  .filter((cells) => cells.length === 4);
const shown = rows.filter(([requirement]) => /^\d+\.\d+\.\d+ \(L[12]\)$/.test(requirement ?? ''));

describe('the page about security', () => {
  it('has each requirement of levels 1 and 2 of its chapters, once', () => {
    const expected = Object.entries(asked).flatMap(([section, count]) =>
      Array.from({ length: count }, (_, index) => `${section}.${index + 1}`),
    );
    expect(shown.map(([requirement = '']) => requirement.split(' ')[0])).toEqual(expected);
  });

  it('names a test for each, or says why there is none', () => {
    const bare = shown.filter(([, , where = '', test = '']) => {
      const reason = /not applicable: \w+|not testable: \w+|\(being added\)/;
      return !/`[\w.-]+`/.test(test) && !reason.test(test) && !reason.test(where);
    });
    expect(bare).toEqual([]);
  });

  it('names tests that there are', () => {
    const known = tests();
    const missing = rows.flatMap(([requirement, , , cell = '']) =>
      Array.from(cell.matchAll(/`([\w.-]+)`(?: "([^"]+)")?/g)).flatMap(([, name = '', title = '']) => {
        const sources = known.get(name);
        if (!sources) return [`${requirement}: there is no test ${name}`];
        return sources.some((source) => source.includes(title)) ? [] : [`${requirement}: ${name} has no "${title}"`];
      }),
    );
    expect(missing).toEqual([]);
  });
});
