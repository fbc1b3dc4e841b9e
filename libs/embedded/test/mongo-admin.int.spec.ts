import { type Db, MongoClient, MongoServerError } from 'mongodb';
import { type EmbeddedMongo, startMongo } from '../src/mongo/index.js';

/** What mongosh 2.12 was seen to send when it connects and for its `show` commands, and what Compass asks. */
const commands: readonly (readonly [command: Readonly<Record<string, unknown>>, fields: readonly string[]])[] = [
  [{ hello: 1 }, ['isWritablePrimary', 'setName', 'hosts', 'maxWireVersion', 'topologyVersion']],
  [{ isMaster: 1 }, ['ismaster', 'setName', 'maxBsonObjectSize']],
  [{ ismaster: 1, helloOk: true }, ['ismaster', 'helloOk']],
  [{ ping: 1 }, []],
  [{ buildInfo: 1 }, ['version', 'versionArray', 'gitVersion', 'modules', 'storageEngines']],
  [{ getCmdLineOpts: 1 }, ['argv', 'parsed']],
  [{ getParameter: 1, featureCompatibilityVersion: 1 }, ['featureCompatibilityVersion']],
  [{ getParameter: '*' }, ['featureCompatibilityVersion', 'authenticationMechanisms']],
  [{ getFreeMonitoringStatus: 1 }, ['state']],
  [{ getLog: '*' }, ['names']],
  [{ getLog: 'startupWarnings' }, ['totalLinesWritten', 'log']],
  [{ getLog: 'global' }, ['totalLinesWritten', 'log']],
  [{ hostInfo: 1 }, ['system', 'os', 'extra']],
  [{ connectionStatus: 1, showPrivileges: true }, ['authInfo']],
  [{ whatsmyuri: 1 }, ['you']],
  [{ listDatabases: 1, nameOnly: true }, ['databases']],
  [{ listDatabases: 1 }, ['databases', 'totalSize', 'totalSizeMb']],
  [{ listCommands: 1 }, ['commands']],
  [{ serverStatus: 1 }, ['host', 'version', 'process', 'pid', 'uptime', 'connections', 'mem', 'storageEngine', 'repl']],
  [{ top: 1 }, ['totals']],
  [{ currentOp: 1 }, ['inprog']],
  [{ replSetGetStatus: 1 }, ['set', 'members', 'myState']],
  [{ replSetGetConfig: 1 }, ['config']],
  [{ usersInfo: 1 }, ['users']],
  [{ rolesInfo: 1 }, ['roles']],
  [{ getDefaultRWConcern: 1 }, ['defaultReadConcern', 'defaultWriteConcern']],
  [{ profile: -1 }, ['was', 'slowms']],
  [{ startSession: 1 }, ['id', 'timeoutMinutes']],
  [{ killAllSessions: [] }, []],
  [{ killAllSessionsByPattern: [] }, []],
  [{ refreshSessions: [] }, []],
  [{ endSessions: [] }, []],
  [{ fsync: 1 }, ['numFiles']],
  [{ aggregate: 1, pipeline: [{ $currentOp: { allUsers: true } }, { $match: {} }], cursor: {} }, ['cursor']],
  [{ aggregate: 1, pipeline: [{ $listLocalSessions: {} }], cursor: {} }, ['cursor']],
];

const inDatabase: readonly (readonly [command: Readonly<Record<string, unknown>>, fields: readonly string[]])[] = [
  [{ listCollections: 1, filter: {}, cursor: {}, nameOnly: true, authorizedCollections: false }, ['cursor']],
  [{ listCollections: 1 }, ['cursor']],
  [{ listIndexes: 'seen', cursor: {} }, ['cursor']],
  [
    { collStats: 'seen', scale: 1 },
    ['ns', 'count', 'size', 'storageSize', 'nindexes', 'indexSizes', 'totalIndexSize', 'capped'],
  ],
  [{ dbStats: 1, scale: 1 }, ['db', 'collections', 'objects', 'dataSize', 'storageSize', 'indexes', 'indexSize']],
  [{ validate: 'seen', full: false }, ['ns', 'nrecords', 'nIndexes', 'keysPerIndex', 'valid', 'errors', 'warnings']],
  [{ aggregate: 'seen', pipeline: [{ $collStats: { storageStats: { scale: 1 } } }], cursor: {} }, ['cursor']],
  [{ aggregate: 'seen', pipeline: [{ $indexStats: {} }], cursor: {} }, ['cursor']],
  [{ aggregate: 'seen', pipeline: [{ $match: { a: 1 } }], explain: true }, ['queryPlanner']],
  [{ explain: { find: 'seen', filter: { a: 1 } }, verbosity: 'executionStats' }, ['queryPlanner', 'executionStats']],
  [{ find: 'system.profile', filter: {}, limit: 1 }, ['cursor']],
];

describe('what shells and browsers ask', () => {
  let mongo: EmbeddedMongo;
  let client: MongoClient;
  let db: Db;
  beforeAll(async () => {
    mongo = await startMongo();
    client = await new MongoClient(mongo.uri).connect();
    db = client.db('admintest');
    await db.collection('seen').insertMany(Array.from({ length: 50 }, (_, n) => ({ a: n, b: n % 5 })));
    await db.collection('seen').createIndex({ a: 1 });
  });
  afterAll(async () => {
    await client?.close();
    await mongo?.close();
  });

  it.each(commands.map(([command, fields]) => [JSON.stringify(command), command, fields] as const))(
    'of the server: %s',
    async (_, command, fields) => {
      const reply = await client.db('admin').command({ ...command });
      expect(reply['ok']).toBe(1);
      expect(Object.keys(reply)).toEqual(expect.arrayContaining(fields.filter((field) => field !== 'topologyVersion')));
    },
  );

  it.each(inDatabase.map(([command, fields]) => [JSON.stringify(command), command, fields] as const))(
    'of a database: %s',
    async (_, command, fields) => {
      const reply = await db.command({ ...command });
      expect(reply['ok']).toBe(1);
      expect(Object.keys(reply)).toEqual(expect.arrayContaining([...fields]));
    },
  );

  it('what it does not know is CommandNotFound, as on a server that is not Atlas', async () => {
    for (const command of [{ atlasVersion: 1 }, { frobnicate: 1 }]) {
      const refusal = await db.command(command).catch((error: unknown) => error);
      expect(refusal).toBeInstanceOf(MongoServerError);
      expect(refusal).toMatchObject({ code: 59, codeName: 'CommandNotFound' });
    }
  });

  it('a list of databases is filtered and tells sizes', async () => {
    const { databases } = await client.db('admin').command({ listDatabases: 1, filter: { name: /^admint/ } });
    expect(databases).toEqual([{ name: 'admintest', sizeOnDisk: expect.any(Number) as unknown, empty: false }]);
  });

  it('explain is honest about scans, indexes, sorts and what was looked at', async () => {
    const explained = async (filter: object, sort?: object) =>
      db.command({ explain: { find: 'seen', filter, ...(sort ? { sort } : {}) }, verbosity: 'executionStats' });
    expect(await explained({ b: 2 })).toMatchObject({
      queryPlanner: { winningPlan: { stage: 'COLLSCAN' } },
      executionStats: { nReturned: 10, totalKeysExamined: 0, totalDocsExamined: 50 },
    });
    expect(await explained({ a: { $gte: 45 } }, { a: -1 })).toMatchObject({
      queryPlanner: {
        winningPlan: { stage: 'FETCH', inputStage: { stage: 'IXSCAN', indexName: 'a_1', direction: 'backward' } },
      },
      executionStats: { nReturned: 5, totalKeysExamined: 5, totalDocsExamined: 5 },
    });
    expect(await explained({ a: 3 }, { b: 1 })).toMatchObject({
      queryPlanner: { winningPlan: { stage: 'SORT', inputStage: { stage: 'FETCH' } } },
    });
    expect(await db.command({ explain: { find: 'seen' }, verbosity: 'queryPlanner' })).not.toHaveProperty(
      'executionStats',
    );
  });

  it('a hint is obeyed, and refused when there is no such index', async () => {
    const seen = db.collection('seen');
    expect(await seen.find({ b: 1 }).hint('a_1').toArray()).toHaveLength(10);
    expect(await seen.find({ a: 1 }).hint({ $natural: 1 }).explain()).toMatchObject({
      queryPlanner: { winningPlan: { stage: 'COLLSCAN' } },
    });
    await expect(seen.find().hint('none').toArray()).rejects.toMatchObject({ code: 2 });
  });

  it('a misspelt option is refused instead of ignored', async () => {
    await expect(db.command({ find: 'seen', filtre: { a: 1 } })).rejects.toMatchObject({ code: 40415 });
  });
});
