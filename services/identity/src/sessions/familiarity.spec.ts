import { ANNOUNCED_A_DAY, type Remembered, isNews } from './familiarity.js';

const now = new Date('2026-11-20T09:00:00Z');
const hoursAgo = (hours: number) => new Date(now.getTime() - hours * 3_600_000);
const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0';
const chrome = 'Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36';
const seen = (userAgent: string, address: string, announced = false, hours = 48): Remembered => ({
  device: { userAgent, address },
  startedAt: hoursAgo(hours),
  announced,
});
const home = seen(firefox, '203.0.113.9');
const work = seen(chrome, '2001:db8:7::1');
const news = (remembered: readonly Remembered[], userAgent: string, address: string, usedBefore = true) =>
  isNews({ remembered, usedBefore }, { userAgent, address }, now);

describe('a session', () => {
  it('is no news where the account was never used', () => {
    expect(news([], firefox, '203.0.113.9', false)).toBe(false);
  });

  it('is news when nobody remembers where the account was used long ago', () => {
    expect(news([], firefox, '203.0.113.9')).toBe(true);
  });

  it.each([
    ['the same device in the same place', firefox, '203.0.113.9', false],
    ['a newer version of it', firefox.replaceAll('144', '145'), '203.0.113.9', false],
    ['it at another address of the same network', firefox, '203.0.113.200', false],
    ['a known device in another known network', firefox, '2001:db8:7:ff::2', false],
    ['another device', firefox.replace('X11; Linux x86_64', 'Windows NT 10.0'), '203.0.113.9', true],
    ['another network', firefox, '203.0.114.9', true],
    ['another IPv6 network', chrome, '2001:db8:8::1', true],
  ])('with %s', (_, userAgent, address, expected) => {
    expect(news([home, work], userAgent, address)).toBe(expected);
  });

  it('is told of a handful of times a day', () => {
    const told = (hours: number) =>
      Array.from({ length: ANNOUNCED_A_DAY }, (_, n) => seen('x', `198.51.${n}.1`, true, hours));
    expect(news([home, ...told(1)], chrome, '192.0.2.1')).toBe(false);
    expect(news([home, ...told(1).slice(1)], chrome, '192.0.2.1')).toBe(true);
    expect(news([home, ...told(25)], chrome, '192.0.2.1')).toBe(true);
  });
});
