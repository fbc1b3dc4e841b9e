import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HEAD_BYTES, TAIL_BYTES, wrongWith } from './inspection.js';

const assets = join(__dirname, '../../../../deploy/local/assets');
const png = readFileSync(join(assets, 'bread-at-home.png'));
const mp4 = readFileSync(join(assets, 'lesson.mp4'));
const jpg = Buffer.concat([
  Buffer.from('ffd8ffe000104a46494600010100000100010000', 'hex'),
  Buffer.alloc(500),
  Buffer.from('ffd9', 'hex'),
]);
const pdf = Buffer.from('%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n');
const exe = Buffer.concat([Buffer.from('MZ'), Buffer.alloc(2_000)]);
const zipEnd = Buffer.concat([Buffer.from('PK\u0005\u0006', 'latin1'), Buffer.alloc(18)]);
const avi = Buffer.concat([Buffer.from('RIFF'), Buffer.from([0, 1, 0, 0]), Buffer.from('AVI LIST'), Buffer.alloc(300)]);

const check = (contentType: string, file: Buffer) =>
  wrongWith(contentType, file.subarray(0, HEAD_BYTES), file.subarray(-TAIL_BYTES));

describe('an uploaded file', () => {
  it.each([
    ['image/png', png],
    ['image/jpeg', jpg],
    ['video/mp4', mp4],
    ['video/vnd.avi', avi],
    ['application/pdf', pdf],
    ['application/zip', zipEnd],
    ['text/plain', Buffer.from('Grüße, 世界\n')],
    ['text/csv', Buffer.from('a,b\r\n1,2\r\n')],
    ['text/vtt', Buffer.from('WEBVTT\n\n00:00.000 --> 00:01.000\nHello\n')],
  ] as const)('that is %s is accepted as such', async (contentType, file) => {
    expect(await check(contentType, file)).toBeUndefined();
  });

  it.each([
    ['image/png', exe, 'a program named as a picture'],
    ['image/png', jpg, 'a JPEG declared as PNG'],
    ['video/mp4', png, 'a picture declared as video'],
    ['application/pdf', Buffer.concat([Buffer.from('junk'), pdf]), 'a PDF with something before it'],
    ['image/png', Buffer.concat([png, zipEnd]), 'a picture that is an archive as well'],
    [
      'application/pdf',
      Buffer.concat([
        pdf,
        Buffer.from('PK\u0005\u0006', 'latin1'),
        Buffer.alloc(16),
        Buffer.from([3, 0]),
        Buffer.from('abc'),
      ]),
      'a PDF that is an archive with a comment',
    ],
    ['image/jpeg', Buffer.concat([jpg.subarray(0, 20), pdf, jpg.subarray(20)]), 'a picture that is a PDF as well'],
    ['application/zip', Buffer.concat([Buffer.from('#!/bin/sh\n'), zipEnd]), 'an archive with a script before it'],
    ['text/plain', Buffer.from([0x66, 0x00, 0x01]), 'text with NUL'],
    ['text/csv', Buffer.from([0x61, 0xff, 0xfe, 0x61]), 'text that is not UTF-8'],
    ['text/vtt', Buffer.from('00:00 hello'), 'captions without their head'],
    ['text/html', Buffer.from('<script>alert(1)</script>'), 'a type that cannot be uploaded'],
  ] as const)('declared %s is refused when it is %3$s', async (contentType, file, _what) => {
    expect(await check(contentType, file)).toEqual(expect.any(String));
  });

  it('of text is accepted when the cuts go through characters', async () => {
    const long = Buffer.from(`x${'é'.repeat(HEAD_BYTES)}x`);
    expect(await wrongWith('text/plain', long.subarray(0, HEAD_BYTES), long.subarray(-TAIL_BYTES))).toBeUndefined();
  });
});
