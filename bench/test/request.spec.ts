import { BadRequest, requestOf } from '../src/request.js';

const named = (name: string) => ({ name, what: name, run: () => Promise.resolve([]) });
const benchmarks = ['events', 'edge', 'change'].map(named);
const asked = (...args: string[]) => requestOf(args, benchmarks);
const names = (...args: string[]) => {
  const request = asked(...args);
  return request === 'help' ? request : request.chosen.map(({ name }) => name);
};

describe('npm run bench', () => {
  it('measures everything, or what is named, always in the same order', () => {
    expect(names()).toEqual(['events', 'edge', 'change']);
    expect(names('change', 'events')).toEqual(['events', 'change']);
  });

  it('writes only when it is told to', () => {
    expect(asked('edge')).toMatchObject({ write: false });
    expect(asked('edge', '--write')).toMatchObject({ write: true });
  });

  it('says what it does not understand', () => {
    expect(() => asked('speed', 'edge')).toThrow(new BadRequest('There is no benchmark speed.'));
    expect(() => asked('--wirte')).toThrow(BadRequest);
  });

  it('never writes what was only tried', () => {
    expect(() => asked('--write', '--quick')).toThrow('nothing of it is written');
  });
});
