import mongoose from 'mongoose';
import { type Database, DuplicateKey, PersonalKeys, Undecryptable } from '../src/index.js';
import { Bench, type Server, eventually } from './bench.js';
import { Names, People, Visits } from './people.js';

const canaries = [
  'ada@canary.example',
  'CanaryAda',
  'ca-nary-word',
  'new@canary.example',
  '203.0.113.77',
  'CanaryNote',
];

const ada = {
  id: 'ada',
  email: 'ada@canary.example',
  firstName: 'CanaryAda',
  words: ['ca-nary-word', 'lovelace'],
  born: new Date('1815-12-10T00:00:00.000Z'),
  wish: { status: 'asked', newEmail: 'new@canary.example' },
};
const visit = { id: 'v1', personId: 'ada', device: { address: '203.0.113.77', kind: 'phone' }, note: 'CanaryNote' };
const named = { id: 'ada', firstName: 'CanaryAda', lastName: 'CanaryNote', roles: ['STUDENT'] };

const collections = ['people', 'visits', 'names'];

/** A backup of the data's database; not of the keys'. */
async function backup(database: Database): Promise<() => Promise<void>> {
  const kept = new Map<string, mongoose.mongo.Document[]>();
  const { db } = database.connection;
  for (const name of [...collections, 'event_log']) kept.set(name, (await db?.collection(name).find().toArray()) ?? []);
  return async () => {
    for (const [name, documents] of kept) {
      await db?.collection(name).deleteMany({});
      if (documents.length > 0) await db?.collection(name).insertMany(documents);
    }
  };
}

export function personalContract(server: Server): void {
  describe('a key for each person', () => {
    let bench: Bench;
    let running: Awaited<ReturnType<Server['start']>>;
    beforeAll(async () => {
      running = await server.start();
    });
    afterAll(() => running.stop());
    beforeEach(() => {
      bench = new Bench(running.uri);
    });
    afterEach(() => bench.end());

    const open = async (options: Parameters<Bench['instance']>[0] = {}) => {
      const database = await bench.instance(options);
      const stores = { people: new People(database), visits: new Visits(database), names: new Names(database) };
      await database.prepare();
      return { database, ...stores };
    };
    type Opened = Awaited<ReturnType<typeof open>>;
    const fill = async ({ people, visits, names }: Opened): Promise<void> => {
      expect(await people.register(ada)).toEqual({ ...ada, seats: 1 });
      await visits.insertOnce(visit);
      await names.put(1, named);
    };

    it('nothing about a person lies in the database in clear, and every instance reads it', async () => {
      const [one, two] = [await open(), await open()];
      await fill(one);
      const bytes = await bench.stored(one.database);
      for (const canary of canaries)
        expect({ canary, found: bytes.includes(canary) }).toEqual({ canary, found: false });
      expect(bytes.includes('phone')).toBe(true);
      expect(await two.people.get('ada')).toEqual({ ...ada, seats: 1 });
      expect(await two.visits.get('v1')).toEqual(visit);
      expect(await two.names.get('ada')).toEqual(named);
      expect((await two.people.list()).items).toEqual([{ ...ada, seats: 1 }]);
    });

    it('decisions see what was written, and only what changes is encrypted anew', async () => {
      const { database, people } = await open();
      await people.register(ada);
      const before = (await database.native('people').findOne({ _id: 'ada' }))?.personal;
      const after = await people.edit('ada', { firstName: 'CanaryAugusta', born: undefined, seats: 2 });
      const { born: _born, ...rest } = ada;
      expect(after).toEqual({ ...rest, firstName: 'CanaryAugusta', seats: 2 });
      expect(await people.get('ada')).toEqual(after);
      const now = (await database.native('people').findOne({ _id: 'ada' }))?.personal;
      expect(now?.['email']).toEqual(before?.['email']);
      expect(now?.['firstName']).not.toEqual(before?.['firstName']);
      expect(now).not.toHaveProperty('born');
    });

    it('records and rows are changed in part', async () => {
      const { people: _people, visits, names } = await open();
      await visits.insertOnce(visit);
      expect(await visits.update('v1', { note: 'another' })).toEqual({ ...visit, note: 'another' });
      expect(await visits.update('v1', { note: undefined, device: { address: '::1', kind: 'phone' } })).toEqual({
        id: 'v1',
        personId: 'ada',
        device: { address: '::1', kind: 'phone' },
      });
      expect(await visits.update('unknown', { note: 'x' })).toBeUndefined();
      expect(await visits.from('ada', '::1')).toMatchObject({ id: 'v1' });
      expect(await visits.from('ada', '203.0.113.77')).toBeUndefined();
      await visits.put({ id: 'v1', personId: 'bob', device: { kind: 'desktop' } });
      expect(await visits.get('v1')).toEqual({ id: 'v1', personId: 'bob', device: { kind: 'desktop' } });
      await names.patch('ada', 'profile', 2, { firstName: 'Ada' });
      await names.patch('ada', 'roles', 1, { roles: ['ADMIN'] });
      await names.patch('ada', 'profile', 3, { firstName: undefined, lastName: 'Byron' });
      expect(await names.get('ada')).toEqual({ id: 'ada', lastName: 'Byron', roles: ['ADMIN'] });
    });

    it('a document that is nobody’s stays as it is', async () => {
      const { visits } = await open();
      await visits.insertOnce({ id: 'v2', device: { address: '192.0.2.1', kind: 'probe' } });
      expect(await visits.get('v2')).toEqual({ id: 'v2', device: { address: '192.0.2.1', kind: 'probe' } });
      expect(await visits.update('v2', { note: 'x' })).toMatchObject({ note: 'x' });
    });

    it('an encrypted value that was moved is refused, to another document, field or person', async () => {
      const { database, people, visits } = await open();
      await people.register(ada);
      await people.register({ id: 'bob', email: 'bob@x.example', firstName: 'Bob' });
      await visits.insertOnce(visit);
      const native = database.native('people');
      const { email, firstName } = (await native.findOne({ _id: 'ada' }))?.personal ?? {};
      await native.updateOne({ _id: 'bob' }, { $set: { 'personal.email': email } });
      await expect(people.get('bob')).rejects.toThrow(Undecryptable);
      await native.updateOne({ _id: 'ada' }, { $set: { 'personal.email': firstName } });
      await expect(people.get('ada')).rejects.toThrow(Undecryptable);
      await database.native('visits').updateOne({ _id: 'v1' }, { $set: { personId: 'bob' } });
      await expect(visits.get('v1')).rejects.toThrow(Undecryptable);
    });

    it('an address is found, and belongs to one account only', async () => {
      const instances = [await open(), await open(), await open()];
      const outcomes = await Promise.allSettled(
        instances.map(({ people }, place) => people.register({ ...ada, id: `p${place}` })),
      );
      const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []));
      expect(refused).toHaveLength(2);
      for (const reason of refused) expect(reason).toBeInstanceOf(DuplicateKey);
      const found = await instances[0]?.people.byEmail(ada.email);
      expect(found).toMatchObject({ email: ada.email });
      await instances[1]?.people.edit(found?.id ?? '', { email: 'other@x.example' });
      expect(await instances[2]?.people.byEmail(ada.email)).toBeUndefined();
      expect(await instances[2]?.people.byEmail('other@x.example')).toMatchObject({ id: found?.id });
    });

    it('people are found by the first letters of a word', async () => {
      const { people } = await open();
      await people.register(ada);
      await people.register({ id: 'bob', email: 'b@x.example', firstName: 'Bob', words: ['bob', 'lovett', 'q'] });
      const ids = async (...beginnings: string[]) => (await people.named(...beginnings)).items.map(({ id }) => id);
      expect(await ids('bob', 'lov')).toEqual(['bob']);
      expect(await ids('bob', 'ada')).toEqual([]);
      expect(await ids('love')).toEqual(['ada', 'bob']);
      expect(await ids('lovelace')).toEqual(['ada']);
      expect(await ids('q')).toEqual(['bob']);
      expect(await ids('ovel')).toEqual([]);
      await people.edit('ada', { words: ['byron'] });
      expect(await ids('lov')).toEqual(['bob']);
    });

    it('asking by what is encrypted and cannot be looked up is an error, not an empty answer', async () => {
      const { people } = await open();
      await expect(people.byFirstName('Ada')).rejects.toThrow(/firstName is encrypted/);
      await expect(people.inOrderOf('email')).rejects.toThrow(/email is encrypted/);
    });

    it('a person who is first met by several instances at once gets one key', async () => {
      const instances = await Promise.all([open(), open(), open(), open()]);
      await Promise.all(
        instances.flatMap(({ visits }, place) =>
          Array.from({ length: 5 }, (_, count) => visits.insertOnce({ ...visit, id: `v${place}-${count}` })),
        ),
      );
      const keys = instances[0].database.connection.getClient().db(`${bench.name}-keys`);
      expect(await keys.collection(PersonalKeys.collection).countDocuments()).toBe(1);
      for (const { visits } of instances)
        expect((await visits.getAll(['v0-0', 'v1-1', 'v2-2', 'v3-3'])).map(({ note }) => note)).toEqual(
          Array(4).fill('CanaryNote'),
        );
    });

    it('after a person’s key was shredded nothing is left but what says nothing, and lists go on', async () => {
      const [one, two] = [await open(), await open()];
      await fill(one);
      await one.people.register({ id: 'bob', email: 'bob@x.example', firstName: 'Bob' });
      expect(await two.people.get('ada')).toMatchObject({ firstName: 'CanaryAda' });
      await one.database.personalKeys.shred('ada');
      await one.database.personalKeys.shred('ada');
      const blank = {
        id: 'ada',
        email: 'ada@erased.invalid',
        firstName: 'erased',
        words: [],
        wish: { status: 'asked', newEmail: 'erased@erased.invalid' },
        seats: 1,
      };
      expect(await one.people.get('ada')).toEqual(blank);
      expect((await one.people.list()).items.map(({ firstName }) => firstName)).toEqual(['erased', 'Bob']);
      expect(await one.visits.get('v1')).toEqual({
        ...visit,
        device: { address: '0.0.0.0', kind: 'phone' },
        note: undefined,
      });
      expect((await one.names.list()).items).toEqual([{ ...named, firstName: 'erased', lastName: 'erased' }]);
      expect(await one.people.byEmail(ada.email)).toBeUndefined();
      expect((await one.people.named('love')).items).toEqual([]);
      expect(await one.visits.from('ada', '203.0.113.77')).toBeUndefined();
      await eventually(async () => expect(await two.people.get('ada')).toEqual(blank), PersonalKeys.staleMs + 5_000);
      await one.people.register({ ...ada, id: 'ada-again' }); // the address is free
    });

    it('what comes late about such a person is stored without the personal part, and no key is made', async () => {
      const [one, two] = [await open(), await open()];
      await fill(one);
      await one.database.personalKeys.shred('ada');
      await one.database.personalKeys.shred('eve'); // nothing was ever known of her
      const late = await open();
      for (const { people, visits, names } of [one, late]) {
        await people.edit('ada', { firstName: 'CanaryAda', email: ada.email, seats: 9 });
        await visits.put({ ...visit, id: 'v9' });
        await visits.update('v9', { note: 'CanaryNote' });
        await names.put(7, { ...named, id: 'eve' });
        expect(await names.get('eve')).toEqual({ ...named, id: 'eve', firstName: 'erased', lastName: 'erased' });
      }
      expect(await late.people.get('ada')).toMatchObject({
        seats: 9,
        firstName: 'erased',
        email: 'ada@erased.invalid',
      });
      await one.database.native('people').deleteMany({});
      for (const canary of canaries) expect((await bench.stored(one.database)).includes(canary)).toBe(false);
      const keys = two.database.connection.getClient().db(`${bench.name}-keys`);
      expect(await keys.collection(PersonalKeys.collection).countDocuments({ wrapped: { $exists: true } })).toBe(0);
    });

    it('a backup of the data that is put back after the key was shredded gives nothing', async () => {
      const one = await open();
      await fill(one);
      const restore = await backup(one.database);
      await one.database.personalKeys.shred('ada');
      await one.people.remove('ada');
      await restore();
      const after = await open();
      expect(await after.people.get('ada')).toMatchObject({ firstName: 'erased', email: 'ada@erased.invalid' });
      expect(await after.people.byEmail(ada.email)).toBeUndefined();
      expect((await after.names.list()).items).toEqual([{ ...named, firstName: 'erased', lastName: 'erased' }]);
      for (const canary of canaries) expect((await bench.stored(after.database)).includes(canary)).toBe(false);
      await after.database.sealing.run();
      expect(await after.database.native('people').countDocuments({ tokens: { $exists: true } })).toBe(0);
      await after.people.register({ ...ada, id: 'ada-again' });
    });

    it('keys are wrapped anew with a new key-encryption key, and the old one can go', async () => {
      const { k1 = '', k2 = '' } = bench.keyEncryption.keys;
      const before = await open();
      await fill(before);
      const both = await open({ keyEncryption: { currentKeyId: 'k2', keys: { k1, k2 } } });
      expect(await both.people.byEmail(ada.email)).toMatchObject({ firstName: 'CanaryAda' });
      await both.database.sealing.run();
      expect(bench.logged.join('')).toContain('"wrapped":2'); // ada's, and that of the look-up values
      expect(await both.database.personalKeys.rewrap()).toBe(0);
      const after = await open({ keyEncryption: { currentKeyId: 'k2', keys: { k2 } } });
      expect(await after.people.byEmail(ada.email)).toMatchObject({ firstName: 'CanaryAda' });
      expect(await before.people.byEmail(ada.email)).toBeDefined(); // it knows k2 already
    });

    it('a key that is lost and was not shredded is an error, not an erasure', async () => {
      const one = await open();
      await fill(one);
      const keys = one.database.connection.getClient().db(`${bench.name}-keys`);
      await keys.collection(PersonalKeys.collection).deleteMany({});
      const other = await open();
      await expect(other.people.get('ada')).rejects.toThrow(/key is not there/);
    });

    it('a store with personal fields is refused where there is no key-encryption key', async () => {
      const database = await bench.instance({ keyEncryption: undefined });
      expect(() => new People(database)).toThrow(/needs a key-encryption key/);
      await database.personalKeys.shred('ada');
      expect(await database.personalKeys.isShredded('ada')).toBe(true);
    });
  });
}
