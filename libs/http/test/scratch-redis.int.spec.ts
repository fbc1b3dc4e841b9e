import { Redis } from 'ioredis';
import { mayStartRedis, startScratchRedis } from '../src/testing.js';

if (!mayStartRedis()) test('Redis: no redis-server; not run', () => expect(mayStartRedis()).toBe(false));
else
  describe('a Redis to be hurt', () => {
    const connect = (url: string) =>
      new Redis(url, { retryStrategy: () => null, commandTimeout: 500 }).on('error', () => undefined);

    test('keeps what it has confirmed over a kill', async () => {
      const scratch = await startScratchRedis();
      const before = connect(scratch.url);
      await before.set('kept', 'yes');
      await scratch.kill();
      await expect(before.get('kept')).rejects.toThrow('Connection is closed');
      before.disconnect();
      await scratch.restart();
      const after = connect(scratch.url);
      expect(await after.get('kept')).toBe('yes');
      after.disconnect();
      await scratch.stop();
    });

    test('answers nothing while it is frozen, and goes on afterwards', async () => {
      const scratch = await startScratchRedis();
      const client = connect(scratch.url);
      await client.set('a', '1');
      scratch.freeze();
      await expect(client.get('a')).rejects.toThrow('timed out');
      scratch.thaw();
      expect(await client.get('a')).toBe('1');
      client.disconnect();
      await scratch.stop();
    });
  });
