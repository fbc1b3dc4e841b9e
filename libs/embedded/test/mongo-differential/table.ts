import { type Case, keyOf } from './case.js';
import { knownDifferences } from './differences.js';

/** What agrees with the reference, by area, as a Markdown table; the suite proves that it is so. */
export function tableOf(cases: readonly Case[]): string {
  const rows = new Map<string, { operations: number; differences: number }>();
  for (const item of cases) {
    const row = rows.get(item.area) ?? { operations: 0, differences: 0 };
    rows.set(item.area, row);
    row.operations++;
    if (knownDifferences.has(keyOf(item))) row.differences++;
  }
  const line = (area: string, operations: number, differences: number) =>
    `| ${area} | ${operations} | ${operations - differences} | ${differences} |`;
  const all = [...rows.values()];
  const sum = (pick: (row: { operations: number; differences: number }) => number) =>
    all.reduce((total, row) => total + pick(row), 0);
  return [
    '| area | operations | agree | reasoned differences |',
    '| --- | --: | --: | --: |',
    ...[...rows].map(([area, { operations, differences }]) => line(area, operations, differences)),
    line(
      '**all**',
      sum(({ operations }) => operations),
      sum(({ differences }) => differences),
    ),
  ].join('\n');
}
