const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** Names that routes below `/courses/` have themselves. */
const RESERVED = new Set(['mine']);
const LETTERS: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  þ: 'th',
  ð: 'd',
};

/** Whether `text` is an id and not a slug. */
export const isId = (text: string): boolean => UUID.test(text);

/** A title as the last part of an address: `C++ für Einsteiger!` is `c-fur-einsteiger`. Letters of other scripts stay. */
export function slugOf(title: string): string {
  const slug = title
    .toLowerCase()
    .replaceAll(/[ßæœøłđþð]/g, (letter) => LETTERS[letter] ?? letter)
    .normalize('NFKD')
    .replaceAll(/[\u0300-\u036F]/g, '')
    .normalize('NFC')
    .replaceAll(/[^\p{L}\p{M}\p{N}]+/gu, '-')
    .slice(0, 80)
    .replaceAll(/^-+|-+$/g, '')
    .toWellFormed()
    .replaceAll('\uFFFD', '');
  if (slug === '') return 'course';
  return isId(slug) || RESERVED.has(slug) ? `course-${slug}` : slug;
}

/** The first of `base`, `base-2`, `base-3` … that is not taken. */
export function freeSlug(base: string, taken: ReadonlySet<string>): string {
  let slug = base;
  for (let number = 2; taken.has(slug); number += 1) slug = `${base}-${number}`;
  return slug;
}
