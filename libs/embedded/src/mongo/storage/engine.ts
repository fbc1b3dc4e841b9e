import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { UUID } from 'bson';
import { CommandError } from '../errors.js';
import { decode, type Doc, isDoc, toNumber } from '../values/document.js';
import { Collection, StoredDoc } from './collection.js';
import { lockDirectory, syncDirectory } from './files.js';
import { entriesOf, entryKinds, magic } from './frames.js';
import { type Fsync, Journal } from './journal.js';
import { ClusterClock } from './cluster-clock.js';
import { cutTail, findFiles, logName, replay, snapshotName } from './recovery.js';
import { Retries } from './retries.js';
import { writeSnapshot } from './snapshot.js';
import { Transactions } from './transactions.js';
import { WriteBatch } from './write-batch.js';

export interface EngineOptions {
  readonly dataDir?: string | undefined;
  readonly fsync?: Fsync;
  readonly now?: () => Date;
  /** Bytes of garbage below which the files are never rewritten. */
  readonly compactAbove?: number;
  /** Default 60 s. */
  readonly transactionLifetimeMs?: number | undefined;
  /** Default 256 MiB. */
  readonly transactionBytes?: number | undefined;
}

/** All databases: in memory, and in `dataDir` if there is one. */
export class Engine {
  readonly databases = new Map<string, Map<string, Collection>>();
  readonly retries: Retries;
  readonly transactions: Transactions;
  readonly clock = new ClusterClock();
  readonly now: () => Date;
  private readonly byId = new Map<number, Collection>();
  private nextCollection = 1;
  private journal: Journal | undefined;
  private generation = 0;
  /** Bytes in the files that are not written any more. */
  private settledBytes = 0;
  private release: (() => Promise<void>) | undefined;
  private gate: Promise<void> | undefined;
  private compacting: Promise<void> | undefined;
  private retryCompactionAbove = 0;
  closed = false;

  private constructor(private readonly options: EngineOptions) {
    this.now = options.now ?? (() => new Date());
    this.retries = new Retries(this.now);
    this.transactions = new Transactions(this, {
      lifetimeMs: options.transactionLifetimeMs ?? 60_000,
      heldBytes: options.transactionBytes ?? 256 * 1024 * 1024,
    });
  }

  /** Opens (or makes) the data directory. Throws when another process has it or when a file is damaged in the middle. */
  static async open(options: EngineOptions): Promise<Engine> {
    const engine = new Engine(options);
    if (options.dataDir !== undefined) {
      engine.release = await lockDirectory(options.dataDir);
      try {
        await engine.recover(options.dataDir);
      } catch (error) {
        await engine.release();
        throw error;
      }
    }
    return engine;
  }

  get fsyncs(): number {
    return this.journal?.syncs ?? 0;
  }

  collection(database: string, name: string): Collection | undefined {
    return this.databases.get(database)?.get(name);
  }

  /** Resolves when writes may begin: they wait while the log is being changed for a new one. */
  async writable(): Promise<void> {
    if (this.closed) throw new CommandError(91, 'The server is shutting down');
    while (this.gate) await this.gate;
  }

  /** Begins a group of changes that is logged as one. No `await` may stand between this and `commit`. */
  batch(): WriteBatch {
    return new WriteBatch(this);
  }

  append(frameBytes: Buffer, undo: () => void): Promise<void> {
    this.clock.tick();
    if (!this.journal) return Promise.resolve();
    const safe = this.journal.append(frameBytes, () => {
      // snapshots may hold what is now taken back
      this.transactions.abortAll();
      undo();
    });
    this.compactIfWorthwhile();
    return safe;
  }

  /** Resolves when what is visible now is safe; rejects if it had to be taken back. */
  settled(): Promise<void> {
    return this.journal?.settled() ?? Promise.resolve();
  }

  /** Everything appended so far is on the disk when this resolves. */
  async flush(): Promise<void> {
    await this.journal?.flush();
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    this.transactions.abortAll();
    await this.compacting;
    await this.journal?.close();
    await this.release?.();
  }

  // The catalogue; used by WriteBatch and recovery.

  add(collection: Collection): void {
    let database = this.databases.get(collection.database);
    if (!database) this.databases.set(collection.database, (database = new Map()));
    database.set(collection.name, collection);
    this.byId.set(collection.id, collection);
    this.nextCollection = Math.max(this.nextCollection, collection.id + 1);
  }

  forget(collection: Collection): void {
    const database = this.databases.get(collection.database);
    if (database?.get(collection.name) === collection) database.delete(collection.name);
    if (database?.size === 0) this.databases.delete(collection.database);
    this.byId.delete(collection.id);
  }

  newCollectionId(): number {
    return this.nextCollection++;
  }

  private async recover(directory: string): Promise<void> {
    const { snapshot, generation, logs } = await findFiles(directory);
    this.generation = generation;
    if (snapshot) {
      const { size, end } = await replay(snapshot, (payload) => this.replay(payload));
      if (end !== size) throw new Error(`${snapshot} is damaged at byte ${end} of ${size}`);
      this.settledBytes += size;
    }
    const ends: { file: string; size: number; end: number; frames: number; generation: number }[] = [];
    for (const log of logs) ends.push({ ...log, ...(await replay(log.file, (payload) => this.replay(payload))) });
    for (const [i, { file, size, end }] of ends.entries()) {
      if (end === size) continue;
      if (ends.slice(i + 1).some(({ frames }) => frames > 0))
        throw new Error(`${file} is damaged at byte ${end} of ${size}`);
      await cutTail(file, size, end);
    }
    for (const collection of this.byId.values()) collection.rebuildIndexes();
    // a log whose making was interrupted holds nothing: the one before it goes on, which needs no room
    while ((ends.at(-1)?.end ?? magic.length) < magic.length) await rm(ends.pop()?.file ?? '');
    const last = ends.at(-1);
    const fsync = this.options.fsync ?? 'always';
    if (last) {
      this.generation = last.generation;
      this.journal = await Journal.open(last.file, last.end, fsync);
      this.settledBytes += ends.slice(0, -1).reduce((sum, { end }) => sum + end, 0);
    } else {
      this.generation = generation + 1;
      this.journal = await Journal.open(join(directory, logName(this.generation)), undefined, fsync);
    }
    await syncDirectory(directory);
  }

  private replay(payload: Buffer): void {
    for (const entry of entriesOf(payload)) {
      if (entry.kind === entryKinds.note) this.replayNote(decode(entry.content));
      else if (entry.kind === entryKinds.put)
        this.byId.get(entry.collection)?.putUnindexed(new StoredDoc(entry.record, entry.content));
      else this.byId.get(entry.collection)?.removeUnindexed(entry.record);
    }
  }

  private replayNote(note: Doc): void {
    const id = toNumber(note['id']) ?? 0;
    const collection = this.byId.get(id);
    switch (note['op']) {
      case 'create':
        this.add(
          new Collection(
            id,
            String(note['db']),
            String(note['name']),
            isDoc(note['options']) ? note['options'] : {},
            note['uuid'] instanceof UUID ? note['uuid'] : undefined,
          ),
        );
        break;
      case 'drop':
        if (collection) this.forget(collection);
        break;
      case 'index':
        if (collection && isDoc(note['definition'])) collection.declareIndex(note['definition']);
        break;
      case 'unindex':
        collection?.removeIndex(String(note['name']));
        break;
      case 'next':
        if (collection) collection.nextRecord = Math.max(collection.nextRecord, toNumber(note['record']) ?? 1);
        break;
      case 'retry':
        this.retries.replay(note);
        break;
      default:
        throw new Error(`unknown note ${String(note['op'])} in the data files`);
    }
  }

  private get liveBytes(): number {
    let bytes = 0;
    for (const collection of this.byId.values()) bytes += collection.dataBytes + 25 * collection.records.size;
    return bytes;
  }

  private compactIfWorthwhile(): void {
    const { journal } = this;
    if (!journal || this.compacting || this.closed) return;
    const total = this.settledBytes + journal.size;
    const least = this.options.compactAbove ?? 8 * 1024 * 1024;
    if (total < least || total < this.retryCompactionAbove || total - this.liveBytes < Math.max(least, this.liveBytes))
      return;
    this.compacting = this.compact()
      .catch(() => {
        // no room for a snapshot: the logs stay as they are; tried again after more growth
        this.retryCompactionAbove = total * 1.5;
      })
      .finally(() => {
        this.compacting = undefined;
      });
  }

  /** {@link compact}, however little there is to gain; after one that is under way, which may have begun too early. */
  async rewrite(): Promise<void> {
    while (this.compacting) await this.compacting;
    if (this.closed) return;
    const work = this.compact();
    this.compacting = work
      .catch(() => undefined)
      .finally(() => {
        this.compacting = undefined;
      });
    await work;
  }

  /** Writes what is alive to a snapshot, with a new log behind it, and removes the files that it replaces. */
  async compact(): Promise<void> {
    const { dataDir } = this.options;
    const old = this.journal;
    if (dataDir === undefined || !old) return;
    const generation = this.generation + 1;
    const logFile = join(dataDir, logName(generation));
    const next = await Journal.open(logFile, undefined, this.options.fsync ?? 'always');
    let open: () => void = () => undefined;
    this.gate = new Promise((resolve) => {
      open = resolve;
    });
    let state;
    try {
      await syncDirectory(dataDir);
      await old.flush();
      state = {
        collections: [...this.byId.values()].map((collection) => ({
          collection,
          records: [...collection.records.values()],
          definitions: collection.definitions,
          nextRecord: collection.nextRecord,
        })),
        retries: this.retries.notes(),
      };
      this.journal = next;
      this.generation = generation;
      this.settledBytes += old.size;
    } catch (error) {
      await next.close();
      await rm(logFile, { force: true });
      throw error;
    } finally {
      this.gate = undefined;
      open();
    }
    await old.close();
    const size = await writeSnapshot(dataDir, snapshotName(generation), state);
    this.settledBytes = size;
    await findFiles(dataDir);
    await syncDirectory(dataDir);
  }
}
