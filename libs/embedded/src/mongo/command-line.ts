import { parseArgs } from 'node:util';
import type { MongoOptions } from './index.js';

export const usage = `npm run mongo -- [options]
A MongoDB server for development: one member of a replica set, without users and passwords.

  --port N               where it listens; 0 takes a free port (27017)
  --host ADDRESS         on which address (127.0.0.1)
  --data DIR             where the data lies; without it everything is in memory and gone at the end
  --fsync always|batch   always: an acknowledged write survives a power cut; batch: a crash of the process,
                         a power cut may cost 100 ms (always)
  --compact-above BYTES  garbage below which data files are not rewritten (8388608)
  -h, --help             this text

It prints its MONGODB_URI when it is ready. SIGTERM and SIGINT stop it.`;

export type CommandLine = { readonly help: true } | { readonly help: false; readonly options: MongoOptions };

/** Reads the arguments. Throws an error whose message says what is wrong with them. */
export function commandLine(args: readonly string[]): CommandLine {
  const { values } = parseArgs({
    args: [...args],
    options: {
      port: { type: 'string', default: '27017' },
      host: { type: 'string', default: '127.0.0.1' },
      data: { type: 'string' },
      fsync: { type: 'string', default: 'always' },
      'compact-above': { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return { help: true };
  const { fsync } = values;
  if (fsync !== 'always' && fsync !== 'batch') throw new Error(`--fsync must be always or batch, not '${fsync}'`);
  if (values.data === '') throw new Error('--data must name a directory');
  const compactAbove = values['compact-above'];
  return {
    help: false,
    options: {
      port: wholeNumber('--port', values.port, 65_535),
      host: values.host,
      fsync,
      ...(values.data === undefined ? {} : { dataDir: values.data }),
      ...(compactAbove === undefined
        ? {}
        : { compactAbove: wholeNumber('--compact-above', compactAbove, Number.MAX_SAFE_INTEGER) }),
    },
  };
}

function wholeNumber(option: string, text: string, most: number): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || number > most)
    throw new Error(`${option} must be a whole number from 0 to ${most}, not '${text}'`);
  return number;
}

/** One sentence about why the server could not start. */
export function startFailure(error: unknown, { port, host, dataDir }: MongoOptions): string {
  if (!(error instanceof Error)) return String(error);
  switch ('code' in error ? error.code : undefined) {
    case 'EADDRINUSE':
      return `Port ${port} of ${host} is taken: stop what listens there, or choose another with --port.`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `${host} is not an address of this machine.`;
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return `Not permitted: ${error.message}`;
    case 'EEXIST':
    case 'ENOTDIR':
      return `${dataDir} is not a directory.`;
    case 'ENOSPC':
    case 'EDQUOT':
      return `There is no room left on the disk of ${dataDir}.`;
    default:
      return error.message;
  }
}
