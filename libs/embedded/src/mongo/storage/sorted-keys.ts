const most = 512;

interface Chunk {
  keys: string[];
  records: number[];
}

/** Entries from `low` (included) up to `high` (excluded). */
export interface Interval {
  readonly low: string;
  readonly high: string;
}

/** Index entries (key, record) in order, in chunks that are split as they grow: every operation is a binary search. */
export class SortedKeys {
  private readonly chunks: Chunk[] = [{ keys: [], records: [] }];
  size = 0;

  /** Fills an empty list at once. */
  load(entries: { key: string; record: number }[]): void {
    entries.sort((a, b) => order(a.key, a.record, b.key, b.record));
    this.chunks.length = 0;
    for (let from = 0; from < entries.length; from += most / 2) {
      const part = entries.slice(from, from + most / 2);
      this.chunks.push({ keys: part.map(({ key }) => key), records: part.map(({ record }) => record) });
    }
    if (this.chunks.length === 0) this.chunks.push({ keys: [], records: [] });
    this.size = entries.length;
  }

  add(key: string, record: number): void {
    const at = this.chunkFor(key, record);
    const chunk = this.chunk(at);
    const index = lowerBound(chunk, key, record);
    chunk.keys.splice(index, 0, key);
    chunk.records.splice(index, 0, record);
    this.size++;
    if (chunk.keys.length > most) {
      // a growing end is cut so that the left part stays full: keys that only ever grow fill their chunks
      const cut = index >= most && at === this.chunks.length - 1 ? most : most / 2;
      this.chunks.splice(at + 1, 0, { keys: chunk.keys.splice(cut), records: chunk.records.splice(cut) });
    }
  }

  delete(key: string, record: number): void {
    const at = this.chunkFor(key, record);
    const chunk = this.chunk(at);
    const index = lowerBound(chunk, key, record);
    if (chunk.keys[index] !== key || chunk.records[index] !== record) return;
    chunk.keys.splice(index, 1);
    chunk.records.splice(index, 1);
    this.size--;
    if (chunk.keys.length === 0 && this.chunks.length > 1) this.chunks.splice(at, 1);
  }

  /** The records that have exactly this key. */
  *equal(key: string): Generator<number> {
    for (const { record } of this.entries({ low: key, high: `${key}\0` })) yield record;
  }

  /** Whether a record that is not this one has exactly this key. */
  hasOther(key: string, record: number | undefined): boolean {
    let at = this.chunkFor(key, -1);
    let index = lowerBound(this.chunk(at), key, -1);
    for (; at < this.chunks.length; at++, index = 0) {
      const chunk = this.chunk(at);
      for (; index < chunk.keys.length; index++) {
        if (chunk.keys[index] !== key) return false;
        if (chunk.records[index] !== record) return true;
      }
    }
    return false;
  }

  /** Do not change the list while this is read. */
  *entries({ low, high }: Interval, backwards = false): Generator<{ key: string; record: number }> {
    if (backwards) {
      let at = this.chunkFor(high, -1);
      let index = lowerBound(this.chunk(at), high, -1) - 1;
      for (; at >= 0; at--, index = at >= 0 ? this.chunk(at).keys.length - 1 : -1) {
        const chunk = this.chunk(at);
        for (; index >= 0; index--) {
          const key = chunk.keys[index] ?? '';
          if (key < low) return;
          yield { key, record: chunk.records[index] ?? -1 };
        }
      }
      return;
    }
    let at = this.chunkFor(low, -1);
    let index = lowerBound(this.chunk(at), low, -1);
    for (; at < this.chunks.length; at++, index = 0) {
      const chunk = this.chunk(at);
      for (; index < chunk.keys.length; index++) {
        const key = chunk.keys[index] ?? '';
        if (key >= high) return;
        yield { key, record: chunk.records[index] ?? -1 };
      }
    }
  }

  private chunk(at: number): Chunk {
    const chunk = this.chunks[at];
    if (!chunk) throw new RangeError(`no chunk ${at}`);
    return chunk;
  }

  /** The last chunk that begins at or before the entry. */
  private chunkFor(key: string, record: number): number {
    let low = 0;
    let high = this.chunks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      const chunk = this.chunk(middle);
      if (order(chunk.keys[0] ?? '', chunk.records[0] ?? -1, key, record) <= 0) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

function order(keyA: string, recordA: number, keyB: string, recordB: number): number {
  return keyA < keyB ? -1 : keyA > keyB ? 1 : recordA - recordB;
}

function lowerBound({ keys, records }: Chunk, key: string, record: number): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (order(keys[middle] ?? '', records[middle] ?? -1, key, record) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
