import type { Exchange } from '../api.js';

/** Watches a story being told. */
export interface Narrator {
  /** A part of the story begins. */
  chapter(title: string): void;
  /** Something that a person would notice. */
  note(what: string): void;
  exchange(exchange: Exchange): void;
}

/** Keeps everything, to be shown when the story breaks off. */
export class Recording implements Narrator {
  readonly lines: string[] = [];
  chapters = 0;
  chapter(title: string): void {
    this.chapters += 1;
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
