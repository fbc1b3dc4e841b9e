import { busContract } from '../src/bus.contract.js';
import { scratch, withRabbit } from './scratch.js';

withRabbit(() => {
  busContract('the bus on RabbitMQ with quorum queues', { durable: true }, () => scratch());
  busContract('the bus on RabbitMQ with classic queues', { durable: true }, () => scratch({ queues: 'classic' }));
});
