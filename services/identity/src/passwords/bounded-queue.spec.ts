import { BoundedQueue } from './bounded-queue.js';

describe('a bounded queue', () => {
  const full = new Error('full');
  it('runs so many at once, lets so many wait, and refuses the rest at once', async () => {
    const queue = new BoundedQueue({ atOnce: 2, waiting: 1, refuse: () => full });
    let running = 0;
    let most = 0;
    const gate = Promise.withResolvers<void>();
    const work = async () => {
      most = Math.max(most, (running += 1));
      await gate.promise;
      running -= 1;
      return 'done';
    };
    const accepted = [queue.run(work), queue.run(work), queue.run(work)];
    await expect(queue.run(work)).rejects.toBe(full);
    gate.resolve();
    expect(await Promise.all(accepted)).toEqual(['done', 'done', 'done']);
    expect(most).toBe(2);
  });

  it('gives the place of failed work to the next', async () => {
    const queue = new BoundedQueue({ atOnce: 1, waiting: 5, refuse: () => full });
    const failing = queue.run(() => Promise.reject(new Error('no')));
    const next = queue.run(() => Promise.resolve('yes'));
    await expect(failing).rejects.toThrow('no');
    await expect(next).resolves.toBe('yes');
    await expect(queue.run(() => Promise.resolve('again'))).resolves.toBe('again');
  });
});
