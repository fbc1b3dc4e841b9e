import type { Stage } from './stage.js';

/** One table of the page. */
export interface Section {
  readonly name: string;
  readonly title: string;
  /** What was done and with what; Markdown. */
  readonly about: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly goals: readonly Goal[];
}

/** What the promises ask for. */
export interface Goal {
  readonly what: string;
  readonly reached: number;
  /** At least this. */
  readonly target: number;
}

export interface Benchmark {
  readonly name: string;
  /** One line for the list of names. */
  readonly what: string;
  run(stage: Stage): Promise<Section[]>;
}
