import PdfDocument from 'pdfkit';
import { Lettering, fit } from './lettering.js';

const lettering = new Lettering([]);
const textOf = (text: string) =>
  lettering
    .words(text, 'Times-Bold')
    ?.map(({ runs, spaced }) => (spaced ? ' ' : '') + runs.map((run) => run.text).join(''));

describe('lettering', () => {
  it('keeps what the standard fonts can draw', () => {
    expect(textOf('Zoë  Müller – 5 €')?.join('')).toBe('Zoë Müller – 5 €');
  });
  it('takes the accent from a Latin letter that no font has, rather than the letter', () => {
    expect(textOf('Łukasz Żółć-Đorđević')?.join('')).toBe('Lukasz Zólc-Dordevic');
  });
  it('says so when a script cannot be drawn', () => {
    expect([textOf('李明'), textOf('Ada Алексей')]).toEqual([undefined, undefined]);
  });
  it('refuses a font file that is not there or is none', () => {
    expect(() => new Lettering(['/nowhere/font.ttf'])).toThrow(/ENOENT/);
    expect(() => new Lettering([__filename])).toThrow(/font/i);
  });
  it.each(['Ada', 'A rather long name '.repeat(8), 'W'.repeat(300), 'short '.repeat(200)])(
    'fits %s into its box',
    (text) => {
      const doc = new PdfDocument();
      const box = { width: 640, height: 60, largest: 42, smallest: 12 };
      const { size, lines } = fit(doc, lettering.words(text, 'Times-Bold') ?? [], box);
      expect(lines.length * size * 1.2).toBeLessThanOrEqual(box.height);
      for (const line of lines) {
        const whole = line
          .map(({ runs, spaced }) => (spaced ? ' ' : '') + runs.map((run) => run.text).join(''))
          .join('');
        expect(doc.font('Times-Bold', size).widthOfString(whole.trim())).toBeLessThan(box.width + 5);
      }
    },
  );
});
