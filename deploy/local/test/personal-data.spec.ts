import { erasureReceipts } from '@lyceum/contracts';
import { definitions } from '../src/definitions.js';

const stateful = Object.values(definitions).filter((service) => service.stateful);

describe('personal data', () => {
  test('are answered for by every service that keeps anything', () => {
    expect(stateful.filter(({ personalData }) => !personalData).map(({ name }) => name)).toEqual([]);
  });

  test('are erased with a receipt of exactly these services', () => {
    expect(erasureReceipts.map(({ service }) => service).sort()).toEqual(stateful.map(({ name }) => name).sort());
  });
});
