import type { Native, Stored } from './shape.js';

interface Waiting {
  readonly id: string;
  readonly resolve: (found: Stored | undefined) => void;
  readonly reject: (reason: unknown) => void;
}

const underWayAtMost = 4;
const batchLimit = 100;

/**
 * Reads documents by id. While some reads are under way those that come are gathered into one: a busy service asks the database
 * far less often, an idle one asks at once. Every caller gets a document of its own, read after it asked.
 */
export class Loads {
  private waiting: Waiting[] = [];
  private underWay = 0;

  constructor(private readonly documents: () => Native) {}

  one(id: string): Promise<Stored | undefined> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ id, resolve, reject });
      this.next();
    });
  }

  private next(): void {
    if (this.underWay >= underWayAtMost || this.waiting.length === 0) return;
    this.underWay += 1;
    const batch = new Map<string, Waiting>();
    const later: Waiting[] = [];
    for (const each of this.waiting) {
      if (batch.size === batchLimit || batch.has(each.id)) later.push(each);
      else batch.set(each.id, each);
    }
    this.waiting = later;
    void this.read(batch).finally(() => {
      this.underWay -= 1;
      this.next();
    });
  }

  private async read(batch: ReadonlyMap<string, Waiting>): Promise<void> {
    const [first] = batch.keys();
    try {
      const found =
        batch.size === 1 && first !== undefined
          ? [await this.documents().findOne({ _id: first })]
          : await this.documents()
              .find({ _id: { $in: [...batch.keys()] } })
              .toArray();
      const byId = new Map(found.map((stored) => [stored?._id, stored ?? undefined]));
      for (const { id, resolve } of batch.values()) resolve(byId.get(id));
    } catch (error) {
      for (const { reject } of batch.values()) reject(error);
    }
  }
}
