import { addressOf, networkOf } from './network.js';

describe('where somebody comes from', () => {
  it.each([
    ['203.0.113.9', '203.0.113.9', '203.0.113.0/24'],
    ['::ffff:203.0.113.9', '203.0.113.9', '203.0.113.0/24'],
    ['::FFFF:203.0.113.9', '203.0.113.9', '203.0.113.0/24'],
    ['2001:db8:0:1:aaaa:bbbb:cccc:dddd', '2001:db8:0:1::/64', '2001:db8:0::/48'],
    ['2001:DB8::1', '2001:db8:0:0::/64', '2001:db8:0::/48'],
    ['::1', '0:0:0:0::/64', '0:0:0::/48'],
    ['2001:db8:0:1::', '2001:db8:0:1::/64', '2001:db8:0::/48'],
    ['unknown', 'unknown', 'unknown'],
  ])('%s is %s in %s', (given, address, network) => {
    expect([addressOf(given), networkOf(given)]).toEqual([address, network]);
  });
});
