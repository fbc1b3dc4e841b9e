/** A moment of a run. */
export interface Moment {
  /** Since the load began, ms. */
  readonly at: number;
  readonly what: string;
}

/** What was done when, and what happened because of it. */
export class Timeline {
  readonly moments: Moment[] = [];
  /** Processes that ended without having been killed, after they had been up for a while. */
  readonly selfEnded: string[] = [];
  private began = Date.now();

  constructor(private readonly shown: (line: string) => void = () => undefined) {}

  /** From here on time is counted. */
  begin(): void {
    this.began = Date.now();
  }

  get now(): number {
    return Date.now() - this.began;
  }

  note(what: string): void {
    const moment = { at: this.now, what };
    this.moments.push(moment);
    this.shown(lineOf(moment));
  }

  /** @param crashed false for one that could not start yet */
  ended(name: string, how: string, livedMs: number, crashed: boolean): void {
    const what = crashed ? 'ended by itself' : 'could not start';
    this.note(`${name} ${what} (${how}) after ${(livedMs / 1_000).toFixed(1)} s`);
    if (crashed) this.selfEnded.push(`${name}: ${how} at +${(this.now / 1_000).toFixed(1)} s`);
  }
}

/** `+ 12.3 s  kill -9 broker` */
export const lineOf = ({ at, what }: Moment): string => `${`+${(at / 1_000).toFixed(1)}`.padStart(8)} s  ${what}`;
