import { type KeyObject, createSecretKey, hkdfSync, randomBytes } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import mongoose from 'mongoose';
import { duplicateIn } from './errors.js';
import { Gathered } from './gathered.js';
import type { FieldCipher } from './secrets.js';

interface KeptKey {
  _id: string;
  /** Encrypted by the service's own key; gone once it was shredded. */
  wrapped?: string;
  createdAt?: Date;
  /** From then on this person has no key and never gets another. */
  shreddedAt?: Date;
}

/** A person's key, `shredded`, or `none` when nothing of that person was ever encrypted. */
export type Held = KeyObject | 'shredded' | 'none';

const keyBytes = 32;
const tokens = 'tokens';

/**
 * The keys that a service encrypts each person's data with. They lie in a database of their own, `<database>-keys`, so that its
 * backups can be dropped sooner than those of the data: {@link shred} makes unreadable whatever of a person any backup holds.
 */
export class PersonalKeys {
  static readonly collection = 'personal_keys';
  static readonly serviceCollection = 'service_keys';
  /** So long, in ms, another instance may still use a key that was shredded. */
  static readonly staleMs = 5_000;
  /** So many keys are kept in memory. */
  static readonly mostInMemory = 10_000;

  private readonly memory = new Map<string, { held: Held; until: number }>();
  private readonly present = new Gathered<Held>((owners) => this.read(owners), 'none');
  private readonly made = new Gathered<Held>((owners) => this.make(owners), 'none');
  private readonly derived = new Map<string, KeyObject>();
  private root: Promise<KeyObject> | undefined;
  private readonly listeners: ((owner: string) => Promise<void>)[] = [];

  /** @param cipher the service's own key; without it nothing can be encrypted, but shredding works */
  constructor(
    private readonly connection: mongoose.Connection,
    private readonly cipher?: FieldCipher,
  ) {}

  get canEncrypt(): boolean {
    return this.cipher !== undefined;
  }

  /**
   * Deletes a person's key for good, in all backups of the data too, and sees to it that there will never be another: what comes
   * later about that person is stored without the personal part. Look-up values of the person are taken out of the live data.
   * May be called again. Other instances follow within {@link staleMs}.
   */
  async shred(owner: string): Promise<void> {
    const update = { $set: { shreddedAt: new Date() }, $unset: { wrapped: '' as const } };
    const once = { _id: owner, shreddedAt: { $exists: false } };
    await this.keys.updateOne(once, update, { upsert: true }).catch(async (error: unknown) => {
      if (!duplicateIn(error)) throw error;
      await this.keys.updateOne(once, update); // shredded before, or somebody made the key at this moment
    });
    this.remember(owner, 'shredded');
    for (const listener of this.listeners) await listener(owner);
  }

  /** Called by the stores: they take out of their documents what would still name the person. */
  whenShredded(listener: (owner: string) => Promise<void>): void {
    this.listeners.push(listener);
  }

  async isShredded(owner: string): Promise<boolean> {
    return (await this.look([owner])).get(owner) === 'shredded';
  }

  /** All whose keys were shredded, in groups. */
  async *shredded(size = 500): AsyncGenerator<string[], void> {
    for (let after = ''; ;) {
      const found = await this.keys
        .find({ _id: { $gt: after }, shreddedAt: { $exists: true } }, { projection: { _id: 1 } })
        .sort({ _id: 1 })
        .limit(size)
        .toArray();
      if (found.length > 0) yield found.map(({ _id }) => _id);
      const last = found.at(-1);
      if (!last || found.length < size) return;
      after = last._id;
    }
  }

  /** The keys as they are: one question to the database for all that are not in memory. */
  look(owners: Iterable<string>): Promise<ReadonlyMap<string, Held>> {
    return this.collect(owners, (owner) => this.present.ask(owner));
  }

  /** The keys to encrypt with: who has none gets one, the same on every instance. */
  forWriting(owners: Iterable<string>): Promise<ReadonlyMap<string, Held>> {
    return this.collect(owners, async (owner) => {
      const held = await this.present.ask(owner);
      return held === 'none' ? this.made.ask(owner) : held;
    });
  }

  /**
   * The key of the look-up values of one field. All come from one random key of the service (HKDF), which is wrapped as the
   * personal ones are: a new key-encryption key changes no look-up value.
   */
  async tokenKey(purpose: string): Promise<KeyObject> {
    const known = this.derived.get(purpose);
    if (known) return known;
    this.root ??= this.serviceKey(tokens).catch((error: unknown) => {
      this.root = undefined;
      throw error;
    });
    const bytes = hkdfSync('sha256', await this.root, Buffer.alloc(0), `lyceum token ${purpose}`, keyBytes);
    const key = createSecretKey(Buffer.from(bytes));
    this.derived.set(purpose, key);
    return key;
  }

  /** How many keys another key-encryption key than the current one has wrapped. */
  async outdated(): Promise<number> {
    const counts = [this.keys, this.serviceKeys].map((kept) => kept.countDocuments(this.wrappedOtherwise()));
    return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
  }

  /** Wraps with the current key-encryption key what is wrapped with an older one. May stop and be called again. Says how many. */
  async rewrap(): Promise<number> {
    const cipher = this.required();
    let count = 0;
    for (const [kept, contextOf] of [
      [this.keys, personalContext],
      [this.serviceKeys, serviceContext],
    ] as const)
      for await (const { _id, wrapped } of kept.find(this.wrappedOtherwise())) {
        if (wrapped === undefined || !cipher.isOutdated(wrapped)) continue;
        const again = cipher.encrypt(cipher.decrypt(wrapped, contextOf(_id)), contextOf(_id));
        const { modifiedCount } = await kept.updateOne({ _id, wrapped }, { $set: { wrapped: again } });
        count += modifiedCount;
      }
    return count;
  }

  async dropAllForTests(): Promise<void> {
    await this.db.dropDatabase();
  }

  private async collect(
    owners: Iterable<string>,
    ask: (owner: string) => Promise<Held>,
  ): Promise<ReadonlyMap<string, Held>> {
    const found = new Map<string, Held>();
    const asked: Promise<void>[] = [];
    const now = performance.now();
    for (const owner of new Set(owners)) {
      const known = this.memory.get(owner);
      if (known && known.until > now) found.set(owner, known.held);
      else asked.push(ask(owner).then((held) => void found.set(owner, held)));
    }
    if (asked.length > 0) await Promise.all(asked);
    return found;
  }

  private async read(owners: readonly string[]): Promise<ReadonlyMap<string, Held>> {
    const asked = performance.now();
    const kept = await this.keys
      .find({ _id: { $in: [...owners] } }, { projection: { wrapped: 1, shreddedAt: 1 } })
      .toArray();
    const found = new Map(kept.map((each) => [each._id, this.heldOf(each)]));
    for (const [owner, held] of found) this.remember(owner, held, asked);
    return found;
  }

  /** Of several instances that make one at once the first wins, and all use that one. */
  private async make(owners: readonly string[]): Promise<ReadonlyMap<string, Held>> {
    const cipher = this.required();
    const createdAt = new Date();
    const fresh = owners.map((_id): KeptKey => ({ _id, wrapped: newKey(cipher, personalContext(_id)), createdAt }));
    await this.keys.insertMany(fresh, { ordered: false }).catch(ifOnlyTaken);
    return this.read(owners);
  }

  private heldOf({ _id, wrapped, shreddedAt }: KeptKey): Held {
    if (shreddedAt || wrapped === undefined) return 'shredded';
    if (!this.cipher) return 'none';
    return createSecretKey(this.cipher.decrypt(wrapped, personalContext(_id)), 'base64');
  }

  private remember(owner: string, held: Held, asOf = performance.now()): void {
    if (held !== 'shredded' && this.memory.get(owner)?.held === 'shredded') return; // it was read before that
    this.memory.delete(owner);
    const until = held === 'shredded' ? Infinity : asOf + PersonalKeys.staleMs;
    this.memory.set(owner, { held, until });
    if (this.memory.size <= PersonalKeys.mostInMemory) return;
    const [oldest] = this.memory.keys();
    if (oldest !== undefined) this.memory.delete(oldest);
  }

  private async serviceKey(name: string): Promise<KeyObject> {
    const cipher = this.required();
    const present = () => this.serviceKeys.findOne({ _id: name });
    let kept = await present();
    if (!kept) {
      const fresh = { _id: name, wrapped: newKey(cipher, serviceContext(name)), createdAt: new Date() };
      await this.serviceKeys.insertMany([fresh]).catch(ifOnlyTaken);
      kept = await present();
    }
    if (kept?.wrapped === undefined) throw new Error(`The service's key ${name} is not there`);
    return createSecretKey(cipher.decrypt(kept.wrapped, serviceContext(name)), 'base64');
  }

  private wrappedOtherwise(): mongoose.mongo.Filter<KeptKey> {
    const current = { $regex: `^${this.required().currentPrefix.replaceAll('.', String.raw`\.`)}` };
    return { wrapped: { $exists: true, $not: current } };
  }

  private required(): FieldCipher {
    if (!this.cipher) throw new RangeError('Personal data needs a key-encryption key');
    return this.cipher;
  }

  private get db(): mongoose.mongo.Db {
    return this.connection.getClient().db(`${this.connection.name}-keys`);
  }
  // made once: the driver makes a new view, with all its options, whenever it is asked
  private view: mongoose.mongo.Collection<KeptKey> | undefined;
  private get keys(): mongoose.mongo.Collection<KeptKey> {
    return (this.view ??= this.db.collection<KeptKey>(PersonalKeys.collection));
  }
  private get serviceKeys(): mongoose.mongo.Collection<KeptKey> {
    return this.db.collection<KeptKey>(PersonalKeys.serviceCollection);
  }
}

const personalContext = (owner: string): string => `personal key of ${owner}`;
const serviceContext = (name: string): string => `service key ${name}`;
const newKey = (cipher: FieldCipher, context: string): string =>
  cipher.encrypt(randomBytes(keyBytes).toString('base64'), context);

function ifOnlyTaken(error: unknown): void {
  if (error instanceof mongoose.mongo.MongoBulkWriteError && !error.result.getWriteConcernError()) {
    if ([error.writeErrors].flat().every(({ code }) => code === 11_000)) return;
  } else if (duplicateIn(error)) return;
  throw error;
}
