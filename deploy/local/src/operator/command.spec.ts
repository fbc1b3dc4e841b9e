import { BadUsage, readCommand, usage } from './command.js';

const now = new Date('2026-11-23T12:00:00.000Z');
const read = (line: string) => readCommand(line.split(' ').filter(Boolean), now).command;

it.each([
  ['dead', { name: 'dead', selection: {}, limit: 100 }],
  ['dead billing --limit 5', { name: 'dead', service: 'billing', selection: {}, limit: 5 }],
  [
    'dead billing --type a.b.v1 --after 2h',
    {
      name: 'dead',
      service: 'billing',
      selection: { type: 'a.b.v1', failedAfter: '2026-11-23T10:00:00.000Z' },
      limit: 100,
    },
  ],
  ['show billing e1', { name: 'show', service: 'billing', id: 'e1' }],
  ['replay billing e1 e2', { name: 'replay', service: 'billing', selection: { ids: ['e1', 'e2'] }, dryRun: false }],
  [
    'replay billing --after 2026-11-20 --before 1d --dry-run',
    {
      name: 'replay',
      service: 'billing',
      selection: { failedAfter: '2026-11-20T00:00:00.000Z', failedBefore: '2026-11-22T12:00:00.000Z' },
      dryRun: true,
    },
  ],
  ['drop billing e1 --reason mistake', { name: 'drop', service: 'billing', ids: ['e1'], reason: 'mistake' }],
  ['projections', { name: 'projections' }],
  ['rebuild billing offers', { name: 'rebuild', service: 'billing', projection: 'offers', wait: true }],
  ['rebuild billing offers --no-wait', { name: 'rebuild', service: 'billing', projection: 'offers', wait: false }],
  ['acts billing', { name: 'acts', service: 'billing' }],
  ['', { name: 'help' }],
  ['replay --help', { name: 'help' }],
])('“%s” is understood', (line, command) => {
  expect(read(line)).toEqual(command);
});

it.each([
  ['frobnicate', 'There is no command frobnicate.'],
  ['dead billing more', 'dead does not know what to do with more.'],
  ['dead --limit 0', '--limit takes a number from 1 to 500, not 0.'],
  ['dead --reason x', 'dead does not take --reason.'],
  ['dead --after yesterday', '--after takes a time like 2026-11-23T08:30:00Z or 2h, not yesterday.'],
  ['dead --after 1h --before 2h', '--after must be earlier than --before.'],
  ['dead --wrong', "Unknown option '--wrong'."],
  ['show', 'show needs the name of a service.'],
  ['show billing', 'show needs the id of an event.'],
  ['replay billing', 'replay needs to know which: ids of events, --type, --after or --before.'],
  ['drop billing --reason x', 'drop needs the ids of events: nothing is dropped by type or time.'],
  ['drop billing e1', 'drop needs a reason: --reason "…".'],
  ['drop billing --type x', 'drop does not take --type.'],
  ['rebuild billing', 'rebuild needs the name of a projection.'],
])('“%s” is refused with what is wrong', (line, sentence) => {
  expect(() => read(line)).toThrow(new BadUsage(sentence));
});

it('the help names every command', () => {
  for (const name of ['dead', 'show', 'replay', 'drop', 'projections', 'rebuild', 'acts'])
    expect(usage).toMatch(new RegExp(`^  ${name} `, 'm'));
});
