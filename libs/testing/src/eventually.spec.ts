import { FakeClock, RecordingBus, eventually } from './index.js';

describe('eventually', () => {
  it('gives the result of the first try that does not throw', async () => {
    let tries = 0;
    const check = () => {
      tries += 1;
      if (tries < 3) throw new Error('not yet');
      return tries;
    };
    expect(await eventually(check, { every: 1 })).toBe(3);
  });
  it('gives up in time, with the last error and how long it waited', async () => {
    const check = () => Promise.reject(new Error('never'));
    await expect(eventually(check, { within: 20, every: 5 })).rejects.toThrow(/^Still so after \d+ ms: never$/);
  });
});

it('a fake clock moves only when told, and nobody can move it from outside', () => {
  const clock = new FakeClock(new Date(0));
  clock.now().setFullYear(2000);
  expect(clock.now()).toEqual(new Date(0));
  clock.advance(1_000);
  expect(clock.now()).toEqual(new Date(1_000));
});

it('a recording bus that is broken down keeps nothing', async () => {
  const bus = new RecordingBus();
  bus.breakDown();
  await expect(bus.publish([])).rejects.toThrow('away');
  expect([bus.isReady(), bus.published]).toEqual([false, []]);
  bus.recover();
  await bus.publish([]);
});
