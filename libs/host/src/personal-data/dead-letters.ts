import type { Bus, DeadLetter } from '@lyceum/bus';
import { peopleIn, withoutPeople } from '@lyceum/contracts';
import { newId } from '@lyceum/kernel';
import type { OperatorActs } from '../operators/operator-acts.store.js';

const pageSize = 1_000;

/** The messages of one service that were given up on: those that tell something about somebody are given back without it. */
export class DeadLettersOf {
  constructor(
    private readonly service: string,
    private readonly bus: Pick<Bus, 'deadLetters' | 'dropDead' | 'publishTo' | 'countDead'>,
    private readonly acts: OperatorActs,
  ) {}

  /**
   * Takes them away, puts what may stay of each back into the service's queue, and writes that down. In this order it may be put
   * back twice, and is never lost. Says how many there were.
   */
  async forget(personId: string, erasureId: string): Promise<number> {
    if ((await this.bus.countDead(this.service)) === 0) return 0;
    let count = 0;
    for (let failedAfter: Date | undefined; ;) {
      const selection = { limit: pageSize, ...(failedAfter ? { failedAfter } : {}) };
      const letters = await this.bus.deadLetters(this.service, selection);
      const theirs = letters.filter(({ event }) => peopleIn(event).includes(personId));
      const telling = theirs.filter(({ event }) => withoutPeople(event, (id) => id === personId) !== event);
      if (telling.length > 0) await this.giveBack(telling, personId, erasureId);
      count += telling.length;
      const last = letters.at(-1);
      const next = last && new Date(last.lastFailedAt);
      // many may have failed in one millisecond: then no page leads further
      if (!next || letters.length < pageSize || next.getTime() === failedAfter?.getTime()) return count;
      failedAfter = next;
    }
  }

  private async giveBack(letters: readonly DeadLetter[], personId: string, erasureId: string): Promise<void> {
    const ids = letters.map(({ event }) => event.id);
    const act = {
      id: newId(),
      at: new Date(),
      operatorId: 'erasure',
      act: 'redact' as const,
      order: { erasureId },
      count: ids.length,
      events: letters.slice(0, 100).map(({ event: { id, type, subject } }) => ({ id, type, subject })),
    };
    await this.acts.insertOnce({ ...act, outcome: 'begun' });
    await this.bus.publishTo(
      this.service,
      letters.map(({ event }) => withoutPeople(event, (id) => id === personId)),
    );
    await this.bus.dropDead(this.service, { ids });
    await this.acts.update(act.id, { outcome: 'done' });
  }
}
