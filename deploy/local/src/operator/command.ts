import { type ParseArgsConfig, parseArgs } from 'node:util';

/** What of a service's dead letters is meant. */
export interface Selection {
  readonly ids?: readonly string[];
  readonly type?: string;
  readonly failedAfter?: string;
  readonly failedBefore?: string;
}

export type Command =
  | { readonly name: 'help' }
  | {
      readonly name: 'dead';
      readonly service?: string;
      readonly selection: Omit<Selection, 'ids'>;
      readonly limit: number;
    }
  | { readonly name: 'show'; readonly service: string; readonly id: string }
  | {
      readonly name: 'replay';
      readonly service: string;
      readonly selection: Selection;
      readonly dryRun: boolean;
      readonly reason?: string;
    }
  | { readonly name: 'drop'; readonly service: string; readonly ids: readonly string[]; readonly reason: string }
  | { readonly name: 'projections'; readonly service?: string }
  | {
      readonly name: 'rebuild';
      readonly service: string;
      readonly projection: string;
      readonly wait: boolean;
      readonly reason?: string;
    }
  | { readonly name: 'acts'; readonly service: string };

/** What holds for every command. */
export interface Manner {
  readonly json: boolean;
  readonly url?: string;
  readonly data: string;
}

/** The command line cannot be understood; the message says why. */
export class BadUsage extends Error {
  override readonly name = 'BadUsage';
}

export const usage = `Usage: npm run events -- COMMAND

  dead [SERVICE]                     dead letters: how many everywhere, or those of one service
       [--type T] [--after TIME] [--before TIME] [--limit N]
  show SERVICE ID                    one of them, with its event, its error and the stack
  replay SERVICE ID…                 give them back to the service
  replay SERVICE [--type T] [--after TIME] [--before TIME]
       [--dry-run] [--reason R]      … only count them; … say why
  drop SERVICE ID… --reason R        throw them away for good
  projections [SERVICE]              what is kept of other services' facts, and how the latest rebuild went
  rebuild SERVICE PROJECTION         make one anew from the publishers' logs, and wait for it
       [--reason R] [--no-wait]
  acts SERVICE                       what operators have done there

TIME is 2026-11-23, 2026-11-23T08:30:00Z, or how long ago: 15m, 2h, 3d. It is compared with the last failure.
--json prints what the platform answered. --url URL names the platform, or LYCEUM_URL does; without either it is
the one that npm start runs on .lyceum (or --data DIR). LYCEUM_EMAIL and LYCEUM_PASSWORD, or LYCEUM_TOKEN, say who
you are: an administrator. On a platform of npm start nothing need be said.
Exit codes: 0 done, 1 refused or failed, 2 the command cannot be understood.`;

const common = {
  help: { type: 'boolean', short: 'h' },
  json: { type: 'boolean' },
  url: { type: 'string' },
  data: { type: 'string' },
} as const satisfies ParseArgsConfig['options'];

const options = {
  ...common,
  type: { type: 'string' },
  after: { type: 'string' },
  before: { type: 'string' },
  limit: { type: 'string' },
  reason: { type: 'string' },
  'dry-run': { type: 'boolean' },
  'no-wait': { type: 'boolean' },
} as const satisfies ParseArgsConfig['options'];

type Option = keyof typeof options;
const everywhere: readonly Option[] = ['help', 'json', 'url', 'data'];
const allowed: Readonly<Record<string, readonly Option[]>> = {
  dead: ['type', 'after', 'before', 'limit'],
  show: [],
  replay: ['type', 'after', 'before', 'dry-run', 'reason'],
  drop: ['reason'],
  projections: [],
  rebuild: ['reason', 'no-wait'],
  acts: [],
};

/** Reads the command line. @param now against which times like `2h` are meant. Throws {@link BadUsage}. */
export function readCommand(args: readonly string[], now: Date): { command: Command; manner: Manner } {
  const { values, positionals } = parsed(args);
  const [name, service, ...rest] = positionals;
  const manner = mannerOf(values);
  if (values.help || name === undefined || name === 'help') return { command: { name: 'help' }, manner };
  const known = allowed[name];
  if (!known) throw new BadUsage(`There is no command ${name}.`);
  for (const option of Object.keys(values) as Option[])
    if (!everywhere.includes(option) && !known.includes(option))
      throw new BadUsage(`${name} does not take --${option}.`);
  return { command: commandOf(name, service, rest, values, now), manner };
}

type Values = ReturnType<typeof parsed>['values'];

const parsed = (args: readonly string[]) => parsedArgs(args, options);

export const mannerOf = (values: { json?: boolean; data?: string; url?: string }): Manner => ({
  json: values.json ?? false,
  data: values.data ?? '.lyceum',
  ...(values.url ? { url: values.url } : {}),
});

/** The arguments of a command that takes these options beside the common ones. Throws {@link BadUsage}. */
export function parsedArgs<Options extends NonNullable<ParseArgsConfig['options']>>(
  args: readonly string[],
  own: Options,
) {
  try {
    return parseArgs({ args: [...args], options: { ...common, ...own }, allowPositionals: true });
  } catch (error) {
    const said = typeof error === 'object' && error !== null && 'message' in error ? error.message : error;
    const [sentence = ''] = String(said).split(/\. |\n/);
    throw new BadUsage(`${sentence.replace(/\.$/, '')}.`);
  }
}

function commandOf(
  name: string,
  service: string | undefined,
  rest: readonly string[],
  values: Values,
  now: Date,
): Command {
  const [first, ...more] = rest;
  const reason = values.reason?.trim() ? { reason: values.reason.trim() } : {};
  const none = (extra: readonly string[]) => {
    if (extra.length > 0) throw new BadUsage(`${name} does not know what to do with ${extra.join(' ')}.`);
  };
  if (name === 'dead' || name === 'projections') {
    none(rest);
    const of = service === undefined ? {} : { service };
    if (name === 'projections') return { name, ...of };
    return { name, ...of, selection: selectionOf(values, now), limit: limitOf(values.limit) };
  }
  if (service === undefined) throw new BadUsage(`${name} needs the name of a service.`);
  if (name === 'acts') {
    none(rest);
    return { name, service };
  }
  if (name === 'show' || name === 'rebuild') {
    none(more);
    if (first === undefined)
      throw new BadUsage(
        name === 'show' ? 'show needs the id of an event.' : 'rebuild needs the name of a projection.',
      );
    if (name === 'show') return { name, service, id: first };
    return { name, service, projection: first, wait: !values['no-wait'], ...reason };
  }
  if (name === 'drop') {
    if (rest.length === 0) throw new BadUsage('drop needs the ids of events: nothing is dropped by type or time.');
    if (!reason.reason) throw new BadUsage('drop needs a reason: --reason "…".');
    return { name, service, ids: rest, reason: reason.reason };
  }
  const selection = { ...selectionOf(values, now), ...(rest.length > 0 ? { ids: rest } : {}) };
  if (Object.keys(selection).length === 0)
    throw new BadUsage('replay needs to know which: ids of events, --type, --after or --before.');
  return { name: 'replay', service, selection, dryRun: values['dry-run'] ?? false, ...reason };
}

function selectionOf({ type, after, before }: Values, now: Date): Omit<Selection, 'ids'> {
  const failedAfter = after === undefined ? undefined : timeOf('--after', after, now);
  const failedBefore = before === undefined ? undefined : timeOf('--before', before, now);
  if (failedAfter && failedBefore && failedAfter >= failedBefore)
    throw new BadUsage('--after must be earlier than --before.');
  return {
    ...(type === undefined ? {} : { type }),
    ...(failedAfter === undefined ? {} : { failedAfter }),
    ...(failedBefore === undefined ? {} : { failedBefore }),
  };
}

const units: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

function timeOf(option: string, text: string, now: Date): string {
  const ago = /^(\d{1,6})([mhd])$/.exec(text);
  const ms = ago ? now.getTime() - Number(ago[1]) * (units[ago[2] ?? ''] ?? 0) : Date.parse(text);
  if (Number.isNaN(ms) || (!ago && !/^\d{4}-\d\d/.test(text)))
    throw new BadUsage(`${option} takes a time like 2026-11-23T08:30:00Z or 2h, not ${text}.`);
  return new Date(ms).toISOString();
}

function limitOf(text = '100'): number {
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1 || limit > 500)
    throw new BadUsage(`--limit takes a number from 1 to 500, not ${text}.`);
  return limit;
}
