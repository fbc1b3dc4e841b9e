import PDFDocument from 'pdfkit';

type Document = InstanceType<typeof PDFDocument>;

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

/** Text that can be drawn: which font draws which part of it. */
type Runs = readonly Run[];

export interface Fitted {
  readonly size: number;
  readonly lines: readonly Runs[];
}

export interface Box {
  readonly width: number;
  readonly largest: number;
  readonly smallest: number;
  readonly lines: number;
}

/** Draws text of any script that one of its fonts has letters for: the standard PDF fonts (Western European) first. */
export class Lettering {
  private readonly files: readonly FontFile[];

  /** Throws when a file cannot be read or is no font. */
  constructor(paths: readonly string[]) {
    this.files = paths.map((path) => ({ path, glyphs: glyphsOf(path) }));
  }

  /**
   * Which font draws what. A Latin letter that no font has loses its accent; undefined when something else cannot be drawn.
   * @param standard name of a standard PDF font
   */
  runs(text: string, standard: string): Runs | undefined {
    const runs: { font: string; text: string }[] = [];
    for (const { segment } of clusters.segment(text.normalize('NFC').replaceAll(/\s+/g, ' '))) {
      const drawn = this.draw(segment, standard) ?? this.draw(withoutAccent(segment), standard);
      if (!drawn) return undefined;
      const last = runs.at(-1);
      // a space takes the font of what stands before it: words of one script stay together
      if (last && (last.font === drawn.font || segment === ' ')) last.text += drawn.text;
      else runs.push({ ...drawn });
    }
    return runs;
  }

  /** The largest size at which the runs go into the box, and their lines. What is too long even at the smallest is cut. */
  fit(doc: Document, runs: Runs, { width, largest, smallest, lines: most }: Box): Fitted {
    for (let size = largest; ; size = Math.max(smallest, size * 0.95)) {
      const lines = linesOf(doc, runs, size, width);
      if (lines.length <= most) return { size, lines };
      if (size > smallest) continue;
      const kept = lines.slice(0, most);
      const last = kept.at(-1)?.slice(0, -1) ?? [];
      return { size, lines: [...kept.slice(0, -1), [...last, { font: 'Times-Roman', text: '...' }]] };
    }
  }

  private draw(segment: string, standard: string): Run | undefined {
    const signs = [...segment];
    if (signs.every((sign) => WINDOWS_1252.test(sign))) return { font: standard, text: segment };
    const file = this.files.find(({ glyphs }) =>
      signs.every((sign) => glyphs.hasGlyphForCodePoint(sign.codePointAt(0) ?? 0)),
    );
    return file && { font: file.path, text: segment };
  }
}

/** Draws lines of runs, each centred around `x`. @returns the y below them */
export function drawCentred(doc: Document, { size, lines }: Fitted, x: number, y: number): number {
  let top = y;
  for (const runs of lines) {
    let left = x - widthOf(doc, runs, size) / 2;
    // fonts of different make stand on one line
    for (const { font, text } of runs) {
      doc.font(font, size);
      doc.text(text, left, top + size * 0.75, { lineBreak: false, baseline: 'alphabetic' });
      left += doc.widthOfString(text);
    }
    top += size * 1.2;
  }
  return top;
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
  [...segment.normalize('NFD').replaceAll(/\p{Mn}/gu, '')].map((sign) => STROKED[sign] ?? sign).join('');

function linesOf(doc: Document, runs: Runs, size: number, width: number): Runs[] {
  const lines: Run[][] = [[]];
  let room = width;
  for (const piece of runs.flatMap(({ font, text }) => wordsOf(text).map((word) => ({ font, text: word })))) {
    const wide = widthOf(doc, [piece], size);
    if (wide > room && room < width) {
      lines.push([]);
      room = width;
    }
    lines.at(-1)?.push(piece);
    room -= wide;
  }
  return lines.map((line) =>
    line.map((run, index) => (index === line.length - 1 ? { ...run, text: run.text.trimEnd() } : run)),
  );
}

/** Words with the space behind them; scripts that are written without spaces break anywhere. */
const wordsOf = (text: string): string[] =>
  text.match(
    /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]\p{M}*|[^\s\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]+\s*|\s+/gu,
  ) ?? [];

const widthOf = (doc: Document, runs: Runs, size: number): number =>
  runs.reduce((all, { font, text }) => all + doc.font(font, size).widthOfString(text), 0);

function glyphsOf(path: string): Glyphs {
  const probe = new PDFDocument({ autoFirstPage: false });
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
