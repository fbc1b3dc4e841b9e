/** What can be said of a device to its owner: `Firefox` on `Linux`. Programs say of themselves what they like. */
export interface DeviceKind {
  readonly browser?: string | undefined;
  readonly system?: string | undefined;
}

// the first that is found counts: most claim to be several others as well
const browsers: readonly (readonly [RegExp, string])[] = [
  [/\bEdg(?:e|A|iOS)?\//, 'Edge'],
  [/\b(?:OPR|Opera)\b/, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\bVivaldi\//, 'Vivaldi'],
  [/\b(?:Firefox|FxiOS)\b/, 'Firefox'],
  [/\b(?:Chrome|CriOS|Chromium)\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
];
const systems: readonly (readonly [RegExp, string])[] = [
  [/\biPad\b/, 'iPad'],
  [/\b(?:iPhone|iPod)\b/, 'iPhone'],
  [/\bAndroid\b/, 'Android'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac ?OS ?X?\b/, 'macOS'],
  [/\bLinux\b/, 'Linux'],
];

export const deviceKindOf = (userAgent: string): DeviceKind => ({
  browser: named(browsers, userAgent),
  system: named(systems, userAgent),
});

/** Whether two programs are of the same kind; versions do not matter, and of those we do not know only the names do. */
export function isSameKind(one: string, other: string): boolean {
  const [a, b] = [deviceKindOf(one), deviceKindOf(other)];
  if (a.browser !== b.browser || a.system !== b.system) return false;
  return a.browser !== undefined || nameOf(one) === nameOf(other);
}

const named = (names: readonly (readonly [RegExp, string])[], userAgent: string): string | undefined =>
  names.find(([pattern]) => pattern.test(userAgent))?.[1];

const nameOf = (userAgent: string): string => userAgent.split(/[/\s]/)[0] ?? '';
