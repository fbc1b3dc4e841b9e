/** One line of a page of Prometheus metrics. */
export interface Figure {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Reads the text format of Prometheus; lines that are no samples are left out. */
export function figuresIn(text: string): Figure[] {
  return text.split('\n').flatMap((line) => {
    const [, name, labels = '', value] = /^([a-z_]\w*)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    if (name === undefined || value === undefined) return [];
    const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, key = '', said = '']) => [key, said]);
    return [{ name, labels: Object.fromEntries(pairs) as Record<string, string>, value: Number(value) }];
  });
}

/** Sum of one metric over several pages. */
export const totalOf = (pages: readonly (readonly Figure[])[], name: string): number =>
  pages.flat().reduce((sum, figure) => (figure.name === name ? sum + figure.value : sum), 0);
