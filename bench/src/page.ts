import type { Goal, Section } from './benchmark.js';

const begin = (name: string) => `<!-- bench:${name} -->`;
const end = (name: string) => `<!-- /bench:${name} -->`;

/** A section as Markdown. */
export function markdownOf({ title, about, columns, rows, goals }: Section): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  const right = columns.map((_, place) => (place === 0 ? '---' : '---:'));
  const table = [line(columns), line(right), ...rows.map(line)].join('\n');
  return [`## ${title}`, about, table, ...goals.map(goalLine)].join('\n\n');
}

const reaches = ({ reached, target }: Goal): string => (reached >= target ? 'reached' : '**not reached**');
const goalLine = (goal: Goal): string =>
  `Target: ${goal.what} at least ${goal.target}: ${goal.reached.toFixed(2)}, ${reaches(goal)}.`;

/**
 * The page with `parts` in the places marked for them, and everything else as it was. A part without a place comes before
 * what stands behind the last mark, so that hand-written notes stay at the end.
 */
export function withParts(page: string, parts: ReadonlyMap<string, string>): string {
  let text = page;
  for (const [name, part] of parts) {
    const whole = `${begin(name)}\n\n${part}\n\n${end(name)}`;
    const from = text.indexOf(begin(name));
    const to = text.indexOf(end(name), from);
    if (from >= 0 && to >= 0) text = text.slice(0, from) + whole + text.slice(to + end(name).length);
    else {
      const last = [...text.matchAll(/<!-- \/bench:[\w-]+ -->/g)].at(-1);
      const place = last ? last.index + last[0].length : text.trimEnd().length;
      text = `${text.slice(0, place)}\n\n${whole}${text.slice(place)}`;
    }
  }
  return text;
}

/** A section for a terminal. */
export function textOf({ title, columns, rows, goals }: Section): string {
  const all = [columns, ...rows];
  const widths = columns.map((_, place) => Math.max(...all.map((row) => row[place]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, place) => (place === 0 ? cell.padEnd(widths[place] ?? 0) : cell.padStart(widths[place] ?? 0)))
      .join('  ');
  const told = goals.map((goal) => goalLine(goal).replaceAll('**', ''));
  return ['', title, '', ...all.map(line), ...told].join('\n');
}
