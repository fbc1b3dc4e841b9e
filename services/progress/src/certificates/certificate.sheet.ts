import PdfDocument from 'pdfkit';
import QRCode from 'qrcode';
import type { Certificate } from './certificate.js';
import { type Box, type Lettering, drawAround, fit } from './lettering.js';

type Document = InstanceType<typeof PdfDocument>;
export type Printed = Pick<Certificate, 'learnerName' | 'courseTitle' | 'code' | 'issuedAt'>;

const INK = '#16264d';
const SOFT = '#5a6480';
const GOLD = '#a87b1e';
const PAPER = '#fdfbf5';
// A4 landscape, in points
const WIDTH = 841.89;
const HEIGHT = 595.28;
const MIDDLE = WIDTH / 2;

const day = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' });

/** The certificate on one A4 sheet; a stream of PDF bytes. The same certificate always gives the same bytes. */
export function certificateSheet(certificate: Printed, verifyUrl: string, lettering: Lettering): Document {
  const { learnerName, courseTitle, code, issuedAt } = certificate;
  const doc = new PdfDocument({
    size: 'A4',
    layout: 'landscape',
    margin: 0,
    lang: 'en',
    displayTitle: true,
    pdfVersion: '1.7',
    info: {
      Title: `Certificate of completion: ${courseTitle}`,
      Author: 'Lyceum',
      Subject: `${learnerName}, ${code}`,
      CreationDate: issuedAt,
      ModDate: issuedAt,
    },
  });
  drawFrame(doc);
  spaced(doc, 'LYCEUM', 70);
  centred(doc, 'Certificate of Completion', 'Times-Roman', 40, 100, INK);
  drawRule(doc, 162);
  centred(doc, 'This is to certify that', 'Times-Italic', 16, 182, SOFT);
  block(doc, lettering, learnerName, 'the person named on the verification page', 'Times-Bold', 242, {
    width: 640,
    height: 62,
    largest: 42,
    smallest: 12,
  });
  doc
    .moveTo(MIDDLE - 190, 281)
    .lineTo(MIDDLE + 190, 281)
    .lineWidth(0.75)
    .stroke(GOLD);
  centred(doc, 'has successfully completed the course', 'Times-Italic', 16, 293, SOFT);
  block(doc, lettering, courseTitle, 'named on the verification page', 'Times-Bold', 352, {
    width: 640,
    height: 58,
    largest: 28,
    smallest: 12,
  });
  drawDate(doc, day.format(issuedAt));
  drawSeal(doc, MIDDLE, 468);
  drawCheck(doc, verifyUrl, code);
  doc.end();
  return doc;
}

function drawFrame(doc: Document): void {
  doc.rect(0, 0, WIDTH, HEIGHT).fill(PAPER);
  const frame = (inset: number, width: number, colour: string) =>
    doc
      .rect(inset, inset, WIDTH - 2 * inset, HEIGHT - 2 * inset)
      .lineWidth(width)
      .stroke(colour);
  frame(22, 2.5, INK);
  frame(29, 0.6, GOLD);
  frame(33, 0.6, GOLD);
  for (const x of [33, WIDTH - 33])
    for (const y of [33, HEIGHT - 33]) {
      doc.circle(x, y, 13).fill(PAPER);
      for (const radius of [13, 9.5, 6]) doc.circle(x, y, radius).lineWidth(0.6).stroke(GOLD);
      doc.circle(x, y, 2.5).fill(GOLD);
    }
}

function drawRule(doc: Document, y: number): void {
  for (const side of [-1, 1])
    doc
      .moveTo(MIDDLE + side * 12, y)
      .lineTo(MIDDLE + side * 130, y)
      .lineWidth(0.75)
      .stroke(GOLD);
  doc.polygon([MIDDLE - 6, y], [MIDDLE, y - 4], [MIDDLE + 6, y], [MIDDLE, y + 4]).fill(GOLD);
}

function spaced(doc: Document, text: string, y: number): void {
  const characterSpacing = 6;
  doc.font('Helvetica-Bold', 13).fillColor(GOLD);
  const wide = doc.widthOfString(text) + characterSpacing * (text.length - 1);
  doc.text(text, MIDDLE - wide / 2, y, { lineBreak: false, characterSpacing });
}

function centred(doc: Document, text: string, font: string, size: number, y: number, colour: string, x = MIDDLE): void {
  doc.font(font, size).fillColor(colour);
  doc.text(text, x - doc.widthOfString(text) / 2, y, { lineBreak: false });
}

/** Centres the text around the point; with `otherwise` in its place when no font has its letters. */
function block(
  doc: Document,
  lettering: Lettering,
  text: string,
  otherwise: string,
  font: string,
  y: number,
  box: Box,
): void {
  const words = lettering.words(text, font);
  const fitted = words
    ? fit(doc, words, box)
    : fit(doc, lettering.words(otherwise, 'Times-Italic') ?? [], { ...box, largest: 22 });
  doc.fillColor(INK);
  drawAround(doc, fitted, MIDDLE, y);
}

function drawDate(doc: Document, date: string): void {
  const x = 165;
  centred(doc, date, 'Times-Roman', 17, 466, INK, x);
  doc
    .moveTo(x - 85, 490)
    .lineTo(x + 85, 490)
    .lineWidth(0.6)
    .stroke(GOLD);
  centred(doc, 'Date of issue', 'Helvetica', 8.5, 496, SOFT, x);
}

/** A rosette of waves around a tick. */
function drawSeal(doc: Document, x: number, y: number): void {
  for (const [radius, swing, waves] of [
    [43, 5, 36],
    [36, 5, 30],
    [29, 4, 24],
  ] as const)
    for (const phase of [0, Math.PI / 2, Math.PI, -Math.PI / 2]) {
      for (let step = 0; step <= 720; step += 1) {
        const angle = (step * Math.PI) / 360;
        const distance = radius + swing * Math.sin(waves * angle + phase);
        const point = [x + distance * Math.cos(angle), y + distance * Math.sin(angle)] as const;
        if (step === 0) doc.moveTo(...point);
        else doc.lineTo(...point);
      }
      doc.closePath().lineWidth(0.35).stroke(GOLD);
    }
  doc.circle(x, y, 23).fill(GOLD);
  doc.circle(x, y, 20.5).lineWidth(0.6).stroke(PAPER);
  doc
    .moveTo(x - 9.5, y + 0.5)
    .lineTo(x - 3, y + 7)
    .lineTo(x + 10, y - 7);
  doc.lineWidth(3.4).lineCap('round').lineJoin('round').stroke(PAPER);
  doc.lineCap('butt').lineJoin('miter');
}

/** The QR code, and the same address for whoever has no camera. */
function drawCheck(doc: Document, verifyUrl: string, code: string): void {
  const x = WIDTH - 165;
  const side = 84;
  const left = x - side / 2;
  const top = 408;
  const { modules } = QRCode.create(verifyUrl, { errorCorrectionLevel: 'M' });
  const cell = side / modules.size;
  doc.rect(left - 6, top - 6, side + 12, side + 12).fill('#ffffff');
  for (let row = 0; row < modules.size; row += 1)
    for (let column = 0; column < modules.size; column += 1)
      if (modules.get(row, column)) doc.rect(left + column * cell, top + row * cell, cell, cell);
  doc.fill(INK);
  centred(doc, code, 'Courier-Bold', 10.5, top + side + 11, INK, x);
  const shown = verifyUrl.replace(/^https?:\/\//, '');
  doc.font('Helvetica', 7);
  const size = Math.min(7.5, (7 * 230) / doc.widthOfString(shown));
  centred(doc, 'Verify this certificate at', 'Helvetica', 7.5, top + side + 26, SOFT, x);
  centred(doc, shown, 'Helvetica', size, top + side + 36, SOFT, x);
  doc.link(x - 115, top - 6, 230, side + 56, verifyUrl);
}
