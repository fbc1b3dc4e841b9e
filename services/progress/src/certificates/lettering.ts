import PdfDocument from 'pdfkit';

type Document = InstanceType<typeof PdfDocument>;

interface Glyphs {
  hasGlyphForCodePoint(codePoint: number): boolean;
}

/** A font file and the letters that it has. */
interface FontFile {
  readonly path: string;
  readonly glyphs: Glyphs;
}

interface Run {
  readonly font: string;
  readonly text: string;
}

/** What is not broken between lines. */
export interface Word {
  readonly runs: readonly Run[];
  /** Whether a space stands before it. */
  readonly spaced: boolean;
  readonly rightToLeft: boolean;
}

export interface Fitted {
  readonly size: number;
  readonly lines: readonly (readonly Word[])[];
}

/** Room for text, in points. */
export interface Box {
  readonly width: number;
  readonly height: number;
  readonly largest: number;
  readonly smallest: number;
}

const LINE = 1.2;
const SPACE = 0.25;

/** Draws text of any script that one of its fonts has letters for: the standard PDF fonts (Western European) first. */
export class Lettering {
  private readonly files: readonly FontFile[];

  /** Throws when a file cannot be read or is no font. */
  constructor(paths: readonly string[]) {
    this.files = paths.map((path) => ({ path, glyphs: glyphsOf(path) }));
  }

  /**
   * Which font draws what: one for the whole text when there is one that can, else one for each word. A Latin letter that no
   * font has loses its accent; undefined when something else cannot be drawn.
   * @param standard name of a standard PDF font
   */
  words(text: string, standard: string): Word[] | undefined {
    // marks that only steer text have no shape
    const clean = text
      .normalize('NFC')
      .replaceAll(/\p{Cf}/gu, '')
      .trim();
    const one = this.fontFor(clean.replaceAll(/\s/g, ''), standard);
    const words: Word[] = [];
    for (const [, space = '', word = ''] of clean.matchAll(WORD)) {
      const runs = one ? [{ font: one, text: word }] : this.runs(word, standard);
      if (!runs) return undefined;
      words.push({ runs, spaced: space !== '', rightToLeft: RIGHT_TO_LEFT.test(word) });
    }
    return words;
  }

  private runs(word: string, standard: string): Run[] | undefined {
    const font = this.fontFor(word, standard);
    if (font) return [{ font, text: word }];
    const runs: { font: string; text: string }[] = [];
    for (const { segment } of clusters.segment(word)) {
      const text = [segment, withoutAccent(segment)].find((each) => this.fontFor(each, standard));
      const able = text === undefined ? undefined : this.fontFor(text, standard);
      if (text === undefined || able === undefined) return undefined;
      const last = runs.at(-1);
      if (last?.font === able) last.text += text;
      else runs.push({ font: able, text });
    }
    return runs;
  }

  private fontFor(text: string, standard: string): string | undefined {
    const signs = Array.from(text);
    if (signs.every((sign) => WINDOWS_1252.test(sign))) return standard;
    return this.files.find(({ glyphs }) => signs.every((sign) => glyphs.hasGlyphForCodePoint(sign.codePointAt(0) ?? 0)))
      ?.path;
  }
}

/** The largest size at which the words go into the box, and their lines. What is too long even at the smallest is cut. */
export function fit(doc: Document, words: readonly Word[], { width, height, largest, smallest }: Box): Fitted {
  for (let size = largest; ; size = Math.max(smallest, size * 0.95)) {
    const lines = linesOf(doc, words, size, width);
    const most = Math.floor(height / (size * LINE));
    if (lines.length <= most) return { size, lines };
    if (size > smallest) continue;
    const kept = lines.slice(0, most);
    const cut = { runs: [{ font: 'Times-Roman', text: '...' }], spaced: true, rightToLeft: false };
    return { size, lines: [...kept.slice(0, -1), [...(kept.at(-1) ?? []).slice(0, -1), cut]] };
  }
}

/** Draws lines, one below the other, around a point. */
export function drawAround(doc: Document, { size, lines }: Fitted, x: number, y: number): void {
  let top = y - (lines.length * size * LINE) / 2;
  for (const line of lines) {
    let left = x - widthOf(doc, line, size) / 2;
    for (const [index, word] of asSeen(line).entries()) {
      if (index > 0 && word.spaced) left += size * SPACE;
      for (const { font, text } of word.runs) {
        doc.font(font, size);
        // fonts of different make stand on one line
        doc.text(text, left, top + size * 0.85, { lineBreak: false, baseline: 'alphabetic' });
        left += doc.widthOfString(text);
      }
    }
    top += size * LINE;
  }
}

/** From left to right: words of scripts that run to the left in reverse (letters within a word are the font's affair). */
function asSeen(line: readonly Word[]): Word[] {
  const groups: Word[][] = [];
  for (const word of line) {
    const last = groups.at(-1);
    if (last?.[0]?.rightToLeft === word.rightToLeft) last.push(word);
    else groups.push([word]);
  }
  const turned = groups.map((group) => (group[0]?.rightToLeft ? group.toReversed() : group));
  const seen = (line[0]?.rightToLeft ? turned.toReversed() : turned).flat();
  // a space belongs to two neighbours: whichever is drawn second makes room
  const [first] = line;
  return seen.map((word, index) => (index > 0 && word === first ? { ...word, spaced: true } : word));
}

const clusters = new Intl.Segmenter('und', { granularity: 'grapheme' });

// what the standard fonts can draw: WinAnsi, without the line and word controls
const WINDOWS_1252 = /^[ -~\u00a1-\u00ac\u00ae-\u00ff€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]$/;

// letters that Unicode does not take apart
const STROKED: Readonly<Record<string, string>> = {
  ł: 'l',
  Ł: 'L',
  đ: 'd',
  Đ: 'D',
  ħ: 'h',
  Ħ: 'H',
  ı: 'i',
  ŧ: 't',
  Ŧ: 'T',
};

const withoutAccent = (segment: string): string =>
  Array.from(segment.normalize('NFD').replaceAll(/\p{Mn}/gu, ''), (sign) => STROKED[sign] ?? sign).join('');

// words; what is written without spaces breaks between any two signs
const WORD =
  /(\s*)([\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]\p{M}*|[^\s\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]+)/gu;
const RIGHT_TO_LEFT = /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}]/u;

function linesOf(doc: Document, words: readonly Word[], size: number, width: number): Word[][] {
  const lines: Word[][] = [];
  const whole = words.flatMap((word) => (widthOf(doc, [word], size) > width ? lettersOf(word) : [word]));
  for (const word of whole) {
    const last = lines.at(-1);
    if (last && widthOf(doc, [...last, word], size) <= width) last.push(word);
    else lines.push([word]);
  }
  return lines;
}

/** A word that is longer than a line breaks anywhere. */
const lettersOf = ({ runs, spaced, rightToLeft }: Word): Word[] =>
  runs
    .flatMap(({ font, text }) => [...clusters.segment(text)].map(({ segment }) => ({ font, text: segment })))
    .map((run, index) => ({ runs: [run], spaced: spaced && index === 0, rightToLeft }));

function widthOf(doc: Document, line: readonly Word[], size: number): number {
  const gaps = line.slice(1).filter(({ spaced }) => spaced).length;
  const runs = line.flatMap((word) => word.runs);
  return gaps * size * SPACE + runs.reduce((all, { font, text }) => all + doc.font(font, size).widthOfString(text), 0);
}

function glyphsOf(path: string): Glyphs {
  const probe = new PdfDocument({ autoFirstPage: false });
  probe.font(path);
  // pdfkit shows the font that it has opened only to itself
  const opened: unknown = Reflect.get(probe, '_font');
  const file = typeof opened === 'object' && opened !== null && 'font' in opened ? opened.font : undefined;
  if (!hasGlyphs(file)) throw new TypeError(`${path} is not a font that can be read`);
  return file;
}

const hasGlyphs = (font: unknown): font is Glyphs =>
  typeof font === 'object' &&
  font !== null &&
  'hasGlyphForCodePoint' in font &&
  typeof font.hasGlyphForCodePoint === 'function';
