import { randomUUID } from 'node:crypto';
import { connect } from 'amqplib';
import { mayStartRabbit, startScratchRabbit } from '../src/scratch-rabbit.js';

if (!mayStartRabbit()) test('RabbitMQ: no rabbitmq-server; not run', () => expect(mayStartRabbit()).toBe(false));
else
  test('a RabbitMQ of one’s own keeps over a kill what it has confirmed', async () => {
    const scratch = await startScratchRabbit();
    const queue = `kept-${randomUUID()}`;
    try {
      const before = await connect(scratch.url);
      before.on('error', () => {}); // it is about to be killed
      const sending = await before.createConfirmChannel();
      await sending.assertQueue(queue, { durable: true });
      sending.sendToQueue(queue, Buffer.from('still here'), { persistent: true });
      await sending.waitForConfirms();
      expect(await scratch.control('list_queues', '-q', 'name', 'messages_ready')).toContain(queue);
      // the broker keeps what was declared in memory for up to two seconds before it writes it down
      await scratch.control('eval', 'mnesia:sync_log().');
      await scratch.kill();
      await expect(connect(scratch.url)).rejects.toThrow('ECONNREFUSED');
      await scratch.restart();
      const after = await connect(scratch.url);
      const got = await (await after.createChannel()).get(queue);
      expect(got && got.content.toString()).toBe('still here');
      await after.close();
    } finally {
      await scratch.stop();
    }
  }, 120_000);
