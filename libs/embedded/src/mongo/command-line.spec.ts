import { commandLine } from './command-line.js';

describe('the arguments of npm run mongo', () => {
  it('have defaults that suit a developer', () => {
    expect(commandLine([])).toEqual({ help: false, options: { port: 27017, host: '127.0.0.1', fsync: 'always' } });
  });

  it('are all taken', () => {
    const args = ['--port', '0', '--host', '::1', '--data', 'd', '--fsync=batch', '--compact-above', '1000'];
    expect(commandLine(args)).toEqual({
      help: false,
      options: { port: 0, host: '::1', dataDir: 'd', fsync: 'batch', compactAbove: 1000 },
    });
    expect(commandLine(['-h'])).toEqual({ help: true });
  });

  it.each([
    [['--port', 'x'], "--port must be a whole number from 0 to 65535, not 'x'"],
    [['--port', '70000'], "--port must be a whole number from 0 to 65535, not '70000'"],
    [['--port', ''], "--port must be a whole number from 0 to 65535, not ''"],
    [['--compact-above', '-1'], /compact-above/],
    [['--compact-above', '1e3'], /compact-above/],
    [['--fsync', 'never'], "--fsync must be always or batch, not 'never'"],
    [['--data', ''], '--data must name a directory'],
    [['--data'], /--data/],
    [['--prot', '1'], /--prot/],
    [['27017'], /27017/],
  ])('%j is refused with a sentence', (args, sentence) => {
    expect(() => commandLine(args)).toThrow(sentence);
  });
});
