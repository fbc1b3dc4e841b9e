import { Clock } from '@lyceum/kernel';

/** A clock that stands still until it is moved. */
export class FakeClock extends Clock {
  constructor(private at: Date = new Date('2026-01-01T00:00:00.000Z')) {
    super();
  }
  now(): Date {
    return new Date(this.at);
  }
  set(at: Date | string): void {
    this.at = new Date(at);
  }
  advance(ms: number): void {
    this.at = new Date(this.at.getTime() + ms);
  }
}
