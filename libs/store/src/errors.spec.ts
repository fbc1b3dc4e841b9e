import { unhindered } from './errors.js';

const conflict = () => Object.assign(new Error('Write conflict'), { code: 112 });

describe('a write that others are in the way of', () => {
  it('is done again until it succeeds', async () => {
    let attempts = 0;
    const write = async () => {
      attempts += 1;
      if (attempts < 4) throw conflict();
      return 'written';
    };
    expect([await unhindered(write), attempts]).toEqual(['written', 4]);
  });
  it('is given up at last, and at once when it fails for another reason', async () => {
    let attempts = 0;
    const failing = (error: Error) => async () => {
      attempts += 1;
      throw error;
    };
    await expect(unhindered(failing(conflict()))).rejects.toThrow('Write conflict');
    expect(attempts).toBe(6);
    attempts = 0;
    await expect(unhindered(failing(new Error('full')))).rejects.toThrow('full');
    expect(attempts).toBe(1);
  });
});
