import { setImmediate } from 'node:timers';

interface Asked<Answer> {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (reason: unknown) => void;
}

/** Questions that come within one turn of the loop are put to the database as one; the same question is put once. */
export class Gathered<Answer> {
  private waiting = new Map<string, Asked<Answer>[]>();

  constructor(
    private readonly put: (questions: readonly string[]) => Promise<ReadonlyMap<string, Answer>>,
    private readonly otherwise: Answer,
  ) {}

  ask(question: string): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const asked = { resolve, reject };
      const same = this.waiting.get(question);
      if (same) {
        same.push(asked);
        return;
      }
      if (this.waiting.size === 0) setImmediate(() => void this.answer());
      this.waiting.set(question, [asked]);
    });
  }

  private async answer(): Promise<void> {
    const asked = this.waiting;
    this.waiting = new Map();
    try {
      const answers = await this.put([...asked.keys()]);
      for (const [question, all] of asked)
        for (const { resolve } of all) resolve(answers.get(question) ?? this.otherwise);
    } catch (error) {
      for (const { reject } of [...asked.values()].flat()) reject(error);
    }
  }
}
