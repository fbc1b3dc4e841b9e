import type { Exchange } from '../api.js';

/** Watches a story being told. */
export interface Narrator {
  /** A part of the story begins. */
  chapter(title: string): void;
  /** Something that a person would notice. */
  note(what: string): void;
  exchange(exchange: Exchange): void;
}

export const silent: Narrator = { chapter: () => undefined, note: () => undefined, exchange: () => undefined };

/** Keeps everything, to be shown when the story breaks off. */
export class Recording implements Narrator {
  readonly lines: string[] = [];
  chapter(title: string): void {
    this.lines.push(`\n${title}`);
  }
  note(what: string): void {
    this.lines.push(`  · ${what}`);
  }
  exchange(exchange: Exchange): void {
    this.lines.push(`  ${lineOf(exchange)}`);
  }
}

/** `201  POST /courses  12 ms` */
export function lineOf({ method, url, status, ms, problem }: Exchange): string {
  const { pathname, search, host } = new URL(url);
  const shown = `${pathname}${search.length > 60 ? '?…' : search}`;
  return `${status}  ${method.padEnd(5)} ${shown}  (${host}, ${ms} ms)${problem ? `\n       ${problem}` : ''}`;
}
