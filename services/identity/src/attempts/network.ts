const MAPPED = '::ffff:';

/** What one subscriber has to himself: the address, or for IPv6 the /64. */
export const addressOf = (address: string): string => prefixOf(address, { v4: 4, v6: 4 });

/** What neighbours share: the /24, or for IPv6 the /48 that a site or a small provider has. */
export const networkOf = (address: string): string => prefixOf(address, { v4: 3, v6: 3 });

/** The first bytes of an IPv4 address, or the first groups of an IPv6 address. */
function prefixOf(address: string, { v4, v6 }: { v4: number; v6: number }): string {
  const plain = address.toLowerCase().startsWith(MAPPED) ? address.slice(MAPPED.length) : address;
  if (!plain.includes(':')) {
    const bytes = plain.split('.');
    return v4 === 4 || bytes.length !== 4 ? plain : `${bytes.slice(0, v4).join('.')}.0/${8 * v4}`;
  }
  const [head = '', tail] = plain.split('::');
  const groups = head === '' ? [] : head.split(':');
  const last = tail ? tail.split(':') : [];
  const missing = tail === undefined ? 0 : 8 - groups.length - last.length;
  const all = [...groups, ...Array.from({ length: missing }, () => '0'), ...last];
  const shown = all.slice(0, v6).map((group) => Number.parseInt(group, 16).toString(16));
  return `${shown.join(':')}::/${16 * v6}`;
}
