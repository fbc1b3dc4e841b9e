import { busContract } from '../src/bus.contract.js';
import { deadLettersContract } from '../src/dead-letters.contract.js';
import { scratch, withRabbit } from './scratch.js';

withRabbit(() => {
  for (const contract of [busContract, deadLettersContract]) {
    contract('the bus on RabbitMQ with quorum queues', { durable: true }, () => scratch());
    contract('the bus on RabbitMQ with classic queues', { durable: true }, () => scratch({ queues: 'classic' }));
  }
});
