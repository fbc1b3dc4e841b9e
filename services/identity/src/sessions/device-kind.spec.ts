import { deviceKindOf, isSameKind } from './device-kind.js';

const firefox = (version: number) =>
  `Mozilla/5.0 (X11; Linux x86_64; rv:${version}.0) Gecko/20100101 Firefox/${version}.0`;
const chrome =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36';

describe('the kind of a device', () => {
  it.each([
    [firefox(144), 'Firefox', 'Linux'],
    [chrome, 'Chrome', 'Windows'],
    [`${chrome} Edg/141.0.0.0`, 'Edge', 'Windows'],
    [
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/605.1.15',
      'Safari',
      'macOS',
    ],
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/141.0 Mobile/15E148 Safari/604.1',
      'Chrome',
      'iPhone',
    ],
    [
      'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36',
      'Samsung Internet',
      'Android',
    ],
    [
      'Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 Chrome/141.0.0.0 Safari/537.36',
      'Chrome',
      'ChromeOS',
    ],
    ['curl/8.5.0', undefined, undefined],
    ['', undefined, undefined],
  ])('%s', (userAgent, browser, system) => {
    expect(deviceKindOf(userAgent)).toEqual({ browser, system });
  });

  it('does not change with its version', () => {
    expect(isSameKind(firefox(143), firefox(144))).toBe(true);
    expect(isSameKind('curl/8.5.0', 'curl/8.6.0')).toBe(true);
  });

  it('is another one with another browser, system or program', () => {
    expect(isSameKind(firefox(144), chrome)).toBe(false);
    expect(isSameKind(firefox(144), firefox(144).replace('X11; Linux x86_64', 'Windows NT 10.0'))).toBe(false);
    expect(isSameKind('curl/8.5.0', 'wget/1.21')).toBe(false);
  });
});
