import { Timestamp } from 'bson';

/** The logical time of the replica set: seconds, and a count of the writes within each. It never goes back. */
export class ClusterClock {
  private seconds = Math.floor(Date.now() / 1000);
  private count = 1;

  /** The time of the latest write, or now if that is later. */
  get latest(): Timestamp {
    this.catchUp();
    return new Timestamp({ t: this.seconds, i: this.count });
  }

  tick(): void {
    if (!this.catchUp()) this.count++;
  }

  /** A client has heard of a later time from somewhere else. */
  advance(heard: Timestamp): void {
    if (heard.t < this.seconds || (heard.t === this.seconds && heard.i <= this.count)) return;
    this.seconds = heard.t;
    this.count = heard.i;
  }

  private catchUp(): boolean {
    const now = Math.floor(Date.now() / 1000);
    if (now <= this.seconds) return false;
    this.seconds = now;
    this.count = 1;
    return true;
  }
}
