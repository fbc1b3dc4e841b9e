// C0 and C1 controls (line breaks, the escapes of terminals), line and paragraph separators, marks that turn the direction of
// text, and halves of letters, which no encoding can hold.
const unprintable = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/u;
const eachUnprintable = new RegExp(unprintable, 'gu');

/**
 * Text from outside as one line that neither a terminal nor a reader takes for anything else: what does not print is shown as
 * `\u000a`. For records and logs; it cannot be undone.
 */
export const plainLine = (text: string): string =>
  unprintable.test(text) ? text.replaceAll(eachUnprintable, shown) : text;

const shown = (mark: string): string => `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`;
