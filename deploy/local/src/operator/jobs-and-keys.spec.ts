import { BadUsage } from './command.js';
import { readJobsCommand } from './jobs.js';
import { readKeysCommand } from './keys.js';

const words = (line: string) => line.split(' ').filter(Boolean);

describe('npm run jobs', () => {
  it.each([
    ['', { name: 'list' }],
    ['list identity', { name: 'list', service: 'identity' }],
    ['show identity.cleanup', { name: 'show', job: 'identity.cleanup' }],
    ['run identity.cleanup', { name: 'run', job: 'identity.cleanup', wait: true }],
    [
      'run identity.cleanup --no-wait --reason once',
      { name: 'run', job: 'identity.cleanup', wait: false, reason: 'once' },
    ],
    ['--help', { name: 'help' }],
  ])('understands “%s”', (line, command) => {
    expect(readJobsCommand(words(line)).command).toEqual(command);
  });

  it.each(['stop identity.cleanup', 'run', 'run cleanup', 'show', 'run a.b c', 'list --reason x', 'run a.b --now'])(
    'does not guess what “%s” means',
    (line) => {
      expect(() => readJobsCommand(words(line))).toThrow(BadUsage);
    },
  );

  it('is told where the platform is, and how to answer', () => {
    expect(readJobsCommand(words('list --json --url http://x.example')).manner).toEqual({
      json: true,
      url: 'http://x.example',
      data: '.lyceum',
    });
  });
});

describe('npm run keys', () => {
  it.each([
    ['list', { name: 'list' }],
    ['encryption', { name: 'encryption' }],
    ['rotate --reason monthly', { name: 'rotate', now: false, reason: 'monthly' }],
    ['rotate --now --reason stolen', { name: 'rotate', now: true, reason: 'stolen' }],
    ['--help', { name: 'help' }],
  ])('understands “%s”', (line, command) => {
    expect(readKeysCommand(words(line)).command).toEqual(command);
  });

  it.each(['rotate', 'rotate --now', 'rotate now --reason x', 'drop', 'list --now', 'encryption --reason x'])(
    'does not guess what “%s” means',
    (line) => {
      expect(() => readKeysCommand(words(line))).toThrow(BadUsage);
    },
  );
});
