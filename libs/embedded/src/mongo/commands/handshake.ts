import { arch, cpus, hostname, platform, release, totalmem } from 'node:os';
import { Long, ObjectId } from 'bson';
import { CommandError } from '../errors.js';
import { type Doc, isDoc, toNumber } from '../values/document.js';
import type { Handler, Host } from './command.js';
import { flag } from './fields.js';

const version = '7.0.0';
const versionArray = [7, 0, 0, 0];
const processId = new ObjectId();

const hello: Handler = ({ body, name }, host): Doc => {
  const { client } = body;
  if (isDoc(client)) host.describeClient(client);
  const primary = name === 'hello' ? { isWritablePrimary: true } : { ismaster: true };
  return {
    helloOk: true,
    ...primary,
    setName: 'rs0',
    setVersion: 1,
    secondary: false,
    hosts: [host.address],
    primary: host.address,
    me: host.address,
    electionId: processId,
    maxBsonObjectSize: 16777216,
    maxMessageSizeBytes: 48000000,
    maxWriteBatchSize: 100000,
    localTime: new Date(),
    logicalSessionTimeoutMinutes: 30,
    connectionId: host.connection,
    minWireVersion: 0,
    maxWireVersion: 21,
    readOnly: false,
    ok: 1,
  };
};

const buildInfo: Handler = () => ({
  version,
  gitVersion: 'lyceum-embedded',
  modules: [],
  allocator: 'v8',
  javascriptEngine: 'none',
  sysInfo: 'deprecated',
  versionArray,
  openssl: { running: 'disabled', compiled: 'disabled' },
  bits: 64,
  debug: false,
  maxBsonObjectSize: 16777216,
  storageEngines: ['lyceum'],
  ok: 1,
});

const serverStatus: Handler = (_, host) => ({
  host: host.address,
  version,
  process: 'lyceum-mongo',
  pid: Long.fromNumber(process.pid),
  uptime: process.uptime(),
  localTime: new Date(),
  connections: { current: host.connections(), available: 10_000, totalCreated: host.connection },
  mem: { resident: Math.round(process.memoryUsage().rss / 1048576), bits: 64 },
  metrics: { cursor: { open: { total: host.cursors.size } } },
  storageEngine: { name: 'lyceum', supportsCommittedReads: true, persistent: true },
  repl: { setName: 'rs0', isWritablePrimary: true, hosts: [host.address], me: host.address },
  ok: 1,
});

const parameters: Doc = {
  featureCompatibilityVersion: { version: '7.0' },
  authenticationMechanisms: [],
  logLevel: 0,
  notablescan: false,
};

const getParameter: Handler = ({ body }) => {
  const all = body['getParameter'] === '*';
  const found = Object.fromEntries(Object.entries(parameters).filter(([name]) => all || name in body));
  if (Object.keys(found).length === 0) throw new CommandError(72, 'no option found to get');
  return { ...found, ok: 1 };
};

const member = (host: Host): Doc => ({
  _id: 0,
  name: host.address,
  health: 1,
  state: 1,
  stateStr: 'PRIMARY',
  self: true,
});

const idle = { time: Long.ZERO, count: Long.ZERO };

/** Nothing is measured by collection; the namespaces are what Compass lists. */
function totals(host: Host): Doc {
  const names = [...host.engine.databases.values()].flatMap((collections) =>
    [...collections.values()].map(({ namespace }) => namespace),
  );
  const times = Object.fromEntries(
    ['total', 'readLock', 'writeLock', 'queries', 'getmore', 'insert', 'update', 'remove', 'commands'].map((name) => [
      name,
      idle,
    ]),
  );
  return Object.fromEntries(names.map((name) => [name, times]));
}

export const handshakeCommands: Record<string, Handler> = {
  hello,
  isMaster: hello,
  ismaster: hello,
  ping: () => ({ ok: 1 }),
  buildInfo,
  buildinfo: buildInfo,
  serverStatus,
  getParameter,
  connectionStatus: ({ body }) => ({
    authInfo: {
      authenticatedUsers: [],
      authenticatedUserRoles: [],
      ...(flag(body, 'showPrivileges') ? { authenticatedUserPrivileges: [] } : {}),
    },
    ok: 1,
  }),
  hostInfo: () => ({
    system: {
      currentTime: new Date(),
      hostname: hostname(),
      cpuAddrSize: 64,
      memSizeMB: Math.round(totalmem() / 1048576),
      numCores: cpus().length,
      cpuArch: arch(),
      numaEnabled: false,
    },
    os: { type: platform(), name: platform(), version: release() },
    extra: {},
    ok: 1,
  }),
  whatsmyuri: (_, host) => ({ you: host.address, ok: 1 }),
  getCmdLineOpts: (_, host) => ({
    argv: process.argv.slice(0, 2),
    parsed: { net: { bindIp: host.address.replace(/:\d+$/, ''), port: Number(/\d+$/.exec(host.address)?.[0] ?? 0) } },
    ok: 1,
  }),
  getLog: ({ body }) =>
    body['getLog'] === '*' ? { names: ['global', 'startupWarnings'], ok: 1 } : { totalLinesWritten: 0, log: [], ok: 1 },
  replSetGetStatus: (_, host) => ({
    set: 'rs0',
    date: new Date(),
    myState: 1,
    term: Long.fromNumber(1),
    members: [member(host)],
    ok: 1,
  }),
  replSetGetConfig: (_, host) => ({
    config: { _id: 'rs0', version: 1, term: 1, members: [{ _id: 0, host: host.address, priority: 1, votes: 1 }] },
    ok: 1,
  }),
  getDefaultRWConcern: () => ({
    defaultReadConcern: { level: 'local' },
    defaultWriteConcern: { w: 'majority', wtimeout: 0 },
    ok: 1,
  }),
  top: (_, host) => ({ totals: { note: 'all times in microseconds', ...totals(host) }, ok: 1 }),
  getFreeMonitoringStatus: () => ({ state: 'undecided', ok: 1 }),
  profile: ({ body }) => {
    const level = toNumber(body['profile']);
    if (level !== undefined && level > 0) throw new CommandError(115, 'this server does not profile');
    return { was: 0, slowms: 100, sampleRate: 1, ok: 1 };
  },
  features: () => ({ js: { utf8: true }, oidMachine: 0, ok: 1 }),
  logRotate: () => ({ ok: 1 }),
  usersInfo: () => ({ users: [], ok: 1 }),
  rolesInfo: () => ({ roles: [], ok: 1 }),
  currentOp: () => ({ inprog: [], ok: 1 }),
  fsync: async (_, host) => {
    await host.engine.flush();
    return { numFiles: 1, ok: 1 };
  },
  saslStart: () => {
    throw new CommandError(18, 'Authentication failed: this server has no users; connect without credentials');
  },
};
